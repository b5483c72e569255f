using Twinbus.Deployment.Model;

namespace Twinbus.Deployment.Reading;

/// <summary>The parameters that say where a server comes from, <c>RabbitSource</c> and so on, and what keeps it running.</summary>
/// <param name="prefix">What the names of the backend's own parameters begin with.</param>
internal sealed class ServerParameters(string prefix)
{
    public const string Manager = "ServiceManager";

    public string Source => $"{prefix}Source";

    public string Home => $"{prefix}Home";

    public string Archive => $"{prefix}Archive";

    public string ArchiveChecksum => $"{prefix}ArchiveChecksum";

    /// <summary>Whether the parameter is one of these, and so none of the backend's settings.</summary>
    public bool Include(string name) => name == Source || name == Home || name == Archive || name == ArchiveChecksum;

    /// <summary>What they say; a backend without them has its server from the distribution.</summary>
    public ServerSoftware Read(ParameterSet parameters) => parameters.Find(Source) is not { } source
        ? ServerSoftware.OfPackage
        : new ServerSoftware
        {
            Source = Enum.Parse<ServerSource>(source.Text, ignoreCase: true),
            Home = Text(parameters, Home),
            Archive = Text(parameters, Archive),
            ArchiveChecksum = Text(parameters, ArchiveChecksum),
        };

    public static ServiceManager ReadManager(ParameterSet parameters) =>
        parameters.Find(Manager) is { } manager ? Enum.Parse<ServiceManager>(manager.Text, ignoreCase: true) : ServiceManager.Auto;

    private static string? Text(ParameterSet parameters, string name) => parameters.Find(name) is { Text: { Length: > 0 } text } ? text : null;
}

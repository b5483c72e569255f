using Twinbus.Deployment.Model;
using Twinbus.Deployment.Reading;

namespace Twinbus.Deployment.Backends;

/// <summary>A messaging service as the operator's files describe it; ports, hosts' names and secrets are not settled yet.</summary>
internal sealed record ServiceDraft
{
    /// <summary>Such as <c>rpc</c>.</summary>
    public required string Name { get; init; }

    /// <summary>What its parameters begin with, such as <c>Rpc</c>.</summary>
    public required string Prefix { get; init; }

    /// <summary>Its name in a registry and in roles, such as <c>OS::TripleO::Services::OsloMessagingRpc</c>.</summary>
    public required string RegistryName { get; init; }

    /// <summary>Where it is mapped.</summary>
    public required SourcePlace Place { get; init; }

    public required ServiceFile File { get; init; }

    /// <summary>What carries it; null when it shares the instance of another service.</summary>
    public IMessagingBackend? Backend { get; init; }

    /// <summary>All backends that there are.</summary>
    public required BackendRegistry Backends { get; init; }

    public required ParameterSet Parameters { get; init; }

    public MessagingKind Kind => File.Carries;

    /// <summary>Whether its clients speak TLS: a whole transport URL says it in its query.</summary>
    public bool UsesTls => Backend?.AddressOf(this)?.UseTls ?? Parameters.Flag(TlsParameters.UseTls);

    /// <summary>Name or address that clients reach its broker on <paramref name="host"/> by.</summary>
    /// <param name="host">One of its hosts.</param>
    /// <param name="index">Which one, from 0.</param>
    public string ClientName(DeploymentHost host, int index)
    {
        string[] names = [.. Parameters.Items("Hosts")];
        string bind = Parameters.Text("BindAddress");
        return index < names.Length ? names[index] : bind is "" or "0.0.0.0" or "::" ? host.Address : bind;
    }
}

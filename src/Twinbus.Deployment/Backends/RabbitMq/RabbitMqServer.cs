using Twinbus.Deployment.Model;

namespace Twinbus.Deployment.Backends.RabbitMq;

/// <summary>The programs of a RabbitMQ server, wherever it comes from: the one place that knows where they are.</summary>
internal sealed record RabbitMqServer
{
    public const string Package = "rabbitmq-server";

    private const string PackageDirectory = "/usr/lib/rabbitmq/bin";

    private readonly string directory;

    public RabbitMqServer(ServerSoftware software)
    {
        IsPackage = software.Source is ServerSource.Package;
        directory = IsPackage ? PackageDirectory : $"{software.Home!.TrimEnd('/')}/sbin";
    }

    /// <summary>Whether the distribution's package brings it.</summary>
    public bool IsPackage { get; }

    /// <summary>Starts a node.</summary>
    public string Start => $"{directory}/rabbitmq-server";

    /// <summary>The command line of a running node.</summary>
    public string Control => $"{directory}/rabbitmqctl";
}

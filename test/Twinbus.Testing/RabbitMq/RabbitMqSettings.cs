namespace Twinbus.Testing.RabbitMq;

/// <summary>What a test adds to a broker's configuration.</summary>
public sealed record RabbitMqSettings
{
    /// <summary>Lines of rabbitmq.conf, after ours.</summary>
    public string Configuration { get; init; } = "";

    /// <summary>Environment variables of the broker and its command line, besides ours.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();
}

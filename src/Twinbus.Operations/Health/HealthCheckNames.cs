namespace Twinbus.Operations.Health;

/// <summary>The stages of a health check, in their order. A stage that fails lets the later ones be skipped.</summary>
public static class HealthCheckNames
{
    /// <summary>The name resolves and the port accepts a connection.</summary>
    public const string Connect = "connect";

    /// <summary>The broker lets the service's user into its virtual host.</summary>
    public const string Login = "login";

    /// <summary>An RPC call is answered.</summary>
    public const string Call = "call";

    /// <summary>A notification is delivered.</summary>
    public const string Notification = "notification";

    /// <summary>The broker has raised no memory or disk alarm, which would block publishers.</summary>
    public const string Alarms = "alarms";
}

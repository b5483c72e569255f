namespace Twinbus.Hosts.RabbitMq.Management;

/// <summary>Whether a broker's management API can be read.</summary>
internal enum ManagementAccess
{
    Open,

    /// <summary>Nobody answers: the broker is down, or not there yet.</summary>
    Down,

    /// <summary>It answers, but Twinbus's administrator is gone, has another password or lost its tag.</summary>
    Refused,
}

using System.Collections.Immutable;
using System.Text.Json.Serialization;

namespace Twinbus.Operations.Health;

/// <summary>How a check ended.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<CheckStatus>))]
public enum CheckStatus
{
    /// <summary>As it should be.</summary>
    [JsonStringEnumMemberName("ok")]
    Passed,

    /// <summary>Not as it should be; the detail says what and what to do.</summary>
    [JsonStringEnumMemberName("failed")]
    Failed,

    /// <summary>Not tried; the detail says why.</summary>
    [JsonStringEnumMemberName("skipped")]
    Skipped,
}

/// <summary>One check of one messaging service on one host.</summary>
/// <param name="Name"><c>connect</c>, <c>login</c>, <c>call</c>, <c>notification</c> or <c>alarms</c>.</param>
/// <param name="Host">The broker's address, <c>host:port</c>.</param>
/// <param name="Status">How it ended.</param>
/// <param name="Detail">What was seen, in an operator's words; for a failure also what to do.</param>
/// <param name="Milliseconds">How long it took.</param>
public sealed record HealthCheck(string Name, string Host, CheckStatus Status, string Detail, double Milliseconds);

/// <summary>The checks of one messaging service.</summary>
/// <param name="Service">Its name, such as <c>rpc</c>.</param>
/// <param name="Backend">What carries it, such as <c>rabbitmq</c>.</param>
/// <param name="Checks">The checks, host by host, in the order of their stages.</param>
public sealed record ServiceHealth(string Service, string Backend, [property: JsonPropertyOrder(1)] ImmutableArray<HealthCheck> Checks)
{
    /// <summary>Whether no check failed and at least one passed.</summary>
    public bool Healthy => Checks.Any(check => check.Status == CheckStatus.Passed) && !Checks.Any(check => check.Status == CheckStatus.Failed);
}

/// <summary>The health of a deployment.</summary>
/// <param name="Services">Its messaging services.</param>
public sealed record HealthReport([property: JsonPropertyOrder(1)] ImmutableArray<ServiceHealth> Services)
{
    /// <summary>Whether every service is healthy.</summary>
    public bool Healthy => Services.All(service => service.Healthy);
}

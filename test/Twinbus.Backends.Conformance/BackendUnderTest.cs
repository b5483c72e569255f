using System.Security.Cryptography;
using Twinbus.Messaging;
using Twinbus.Messaging.Drivers;

namespace Twinbus.Backends.Conformance;

/// <summary>What a backend brings to the claims.</summary>
public abstract class BackendUnderTest
{
    /// <summary>The messaging services that it can carry: <c>rpc</c>, <c>notify</c> or both.</summary>
    public abstract IReadOnlyList<string> Services { get; }

    /// <summary>Shipped environment files, below <c>environments/</c>, that give each of <see cref="Services"/> an instance of its own.</summary>
    public abstract IReadOnlyList<string> Environments { get; }

    /// <summary>The shipped file that turns TLS on.</summary>
    public virtual string TlsEnvironment => "ssl/all-ssl.yaml";

    /// <summary>The drivers that its clients need.</summary>
    public abstract DriverRegistry Drivers { get; }

    /// <summary>Things that a careless hand does to what is deployed, each with the change that mends it.</summary>
    public abstract IReadOnlyList<Drift> Drifts { get; }

    /// <summary>Events of a deploy, as a part of their line, at which one that is killed must be finished by the next.</summary>
    public virtual IReadOnlyList<string> Moments { get; } =
        ["\"stage\":\"prepare\"", "\"stage\":\"configure\"", "\"stage\":\"start\"", "\"stage\":\"provision\"", "\"event\":\"step\""];

    /// <summary>Parameters without which it cannot be deployed.</summary>
    public virtual ValueTask PrepareAsync(Installation installation, bool tls) => ValueTask.CompletedTask;

    /// <summary>Keeps the node of a service from running on a host until the returned object is disposed, as a crash that repeats does.</summary>
    public virtual Task<IAsyncDisposable> CrashAsync(Installation installation, string service, string host) =>
        CrashingNode.StartAsync(installation, service, host);

    /// <summary>Starts what crashed.</summary>
    public virtual Task MendAsync(Installation installation) => installation.DeployAsync();

    /// <summary>Gives a service another password, as its operator does.</summary>
    public virtual async Task ChangePasswordAsync(Installation installation, string service)
    {
        installation[Prefix(service) + "Password"] = RandomNumberGenerator.GetHexString(32, lowercase: true);
        Assert.NotEmpty(await installation.DeployAsync());
    }

    /// <summary>Has the nodes of a service present new certificates.</summary>
    public virtual async Task RenewCertificatesAsync(Installation installation, string service)
    {
        string instance = Path.GetFileName((await installation.PathsAsync(service))["config"]!.GetValue<string>())[(installation.Name.Length + 1)..];
        foreach (string host in installation.Site.Hosts)
        {
            File.Delete(Path.Combine(installation.Directory, "certificates", instance, "hosts", host + ".pem"));
        }

        Assert.NotEmpty(await installation.DeployAsync());
    }

    /// <summary>The same address with another login; null leaves it out.</summary>
    public virtual TransportUrl WithLogin(TransportUrl url, string? user, string? password) =>
        new(url.Scheme, [.. url.Hosts.Select(host => host with { Username = user, Password = password })], url.VirtualHost, url.Query);

    /// <summary>The same address without TLS.</summary>
    public virtual TransportUrl Plaintext(TransportUrl url) =>
        new(url.Scheme, url.Hosts, url.VirtualHost, url.Query.RemoveRange(url.Query.Keys.Where(key => key.StartsWith("ssl", StringComparison.Ordinal))));

    /// <summary>What the names of a service's parameters begin with.</summary>
    public static string Prefix(string service) => char.ToUpperInvariant(service[0]) + service[1..];
}

/// <summary>A change by hand.</summary>
/// <param name="What">What is done, for the test's output.</param>
/// <param name="MakeAsync">Does it.</param>
/// <param name="Mend">The changes that mend it, as <c>action kind name</c>; <c>@</c> stands for the deployment's name.</param>
public sealed record Drift(string What, Func<Installation, Task> MakeAsync, params string[] Mend);

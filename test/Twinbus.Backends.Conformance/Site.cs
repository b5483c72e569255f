namespace Twinbus.Backends.Conformance;

/// <summary>The hosts that claims deploy to, and the twinbus program that does it: this machine, or booted hosts.</summary>
public abstract class Site
{
    /// <summary>The hosts by inventory name; <c>localhost</c> where there is no inventory.</summary>
    public abstract IReadOnlyList<string> Hosts { get; }

    /// <summary>Options that name the hosts; empty where there is no inventory.</summary>
    public virtual IReadOnlyList<string> Inventory => [];

    /// <summary>The twinbus program; one that knows the backend under test.</summary>
    public virtual string Program => TwinbusProcess.Program;

    /// <summary>Runs a shell script as root on a host and returns what it prints.</summary>
    /// <exception cref="InvalidOperationException">It ended with another code than 0.</exception>
    public abstract Task<string> InsideAsync(string host, string script);

    /// <summary>Runs a shell script on all hosts.</summary>
    public Task<string[]> EverywhereAsync(string script) => Task.WhenAll(Hosts.Select(host => InsideAsync(host, script)));
}

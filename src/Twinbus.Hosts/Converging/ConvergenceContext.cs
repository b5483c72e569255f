using System.Collections.Immutable;
using Twinbus.Hosts.Plans;
using Twinbus.Hosts.Platform;

namespace Twinbus.Hosts.Converging;

/// <summary>One run on a host: what convergers share, and what is still to come in this run.</summary>
public sealed class ConvergenceContext : IDisposable
{
    private readonly Dictionary<(string Kind, string Name), Resource> pending = [];
    private readonly Dictionary<Type, object> shared = [];
    private readonly Action<HostEvent> tell;

    internal ConvergenceContext(Ledger ledger, ResourceKinds kinds, HostLayout layout, TimeProvider clock, Action<HostEvent> tell)
    {
        Ledger = ledger;
        Kinds = kinds;
        Layout = layout;
        Clock = clock;
        Accounts = new Accounts(layout);
        this.tell = tell;
    }

    /// <summary>The kinds of resources.</summary>
    public ResourceKinds Kinds { get; }

    /// <summary>The clock.</summary>
    public TimeProvider Clock { get; }

    /// <summary>What the plan has for this host, in order; empty while a deployment is removed.</summary>
    public ImmutableArray<Resource> Planned { get; init; } = [];

    /// <summary>Whether the run changes things by now, or still only reads.</summary>
    public bool Changes { get; private set; }

    internal HostLayout Layout { get; }

    internal Accounts Accounts { get; }

    /// <summary>What earlier runs of this deployment made here.</summary>
    internal Ledger Ledger { get; set; }

    /// <summary>Whether removal takes packages as well.</summary>
    internal bool PurgePackages { get; init; }

    /// <summary>Whether the directory of what Twinbus keeps on a host was not there before this run.</summary>
    internal bool StateIsNew { get; set; }

    /// <summary>What the convergers of a server share during one run, such as open connections; made when first asked for, disposed at the run's end.</summary>
    /// <param name="make">Makes it.</param>
    /// <typeparam name="TShared">Its type: there is one of each.</typeparam>
    public TShared Shared<TShared>(Func<TShared> make)
        where TShared : class
    {
        ArgumentNullException.ThrowIfNull(make);
        if (!shared.TryGetValue(typeof(TShared), out var value))
        {
            shared[typeof(TShared)] = value = make();
        }

        return (TShared)value;
    }

    /// <summary>Whether an earlier run of this deployment made it here.</summary>
    /// <param name="kind">The resource's kind.</param>
    /// <param name="name">The resource's name.</param>
    public bool Remembers(string kind, string name) => Ledger.Contains(kind, name);

    /// <summary>Tells that something takes time.</summary>
    /// <param name="resource">What takes it.</param>
    /// <param name="text">What is waited for, and for how long, in a plain phrase.</param>
    public void Progress(Resource resource, string text)
    {
        ArgumentNullException.ThrowIfNull(resource);
        tell(new ResourceProgress(resource.Kind, resource.Name, text));
    }

    /// <summary>Tells that something takes time.</summary>
    /// <param name="entry">What takes it.</param>
    /// <param name="text">What is waited for, and for how long, in a plain phrase.</param>
    public void Progress(LedgerEntry entry, string text)
    {
        ArgumentNullException.ThrowIfNull(entry);
        tell(new ResourceProgress(entry.Kind, entry.Name, text));
    }

    /// <summary>Whether a resource that was read before this one will be changed.</summary>
    /// <param name="kind">The resource's kind.</param>
    /// <param name="name">The resource's name.</param>
    public bool IsPending(string kind, string name) => pending.ContainsKey((kind, name));

    /// <summary>Closes what was shared.</summary>
    public void Dispose()
    {
        foreach (var value in shared.Values.OfType<IDisposable>())
        {
            value.Dispose();
        }
    }

    /// <summary>The resource as it is going to be, when it was read before and will be changed; else null.</summary>
    internal Resource? FindPending(string kind, string name) => pending.GetValueOrDefault((kind, name));

    /// <summary>Notes that this resource differs and a later stage of the run will change it.</summary>
    internal void NotePending(Resource resource) => pending[(resource.Kind, resource.Name)] = resource;

    /// <summary>From here on things are changed; what a check found is forgotten, since each is read again.</summary>
    internal void BeginChanges()
    {
        pending.Clear();
        Changes = true;
    }
}

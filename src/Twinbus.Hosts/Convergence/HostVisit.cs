using Twinbus.Hosts.Resources;
using Twinbus.Hosts.Running;

namespace Twinbus.Hosts.Convergence;

/// <summary>One run's stay on a host: what convergers share, and what is still to come in this run.</summary>
internal sealed class HostVisit(HostLayout layout, TimeProvider clock, Action<HostEvent> tell) : IDisposable
{
    private readonly Dictionary<(string Kind, string Name), Resource> pending = [];

    public HostLayout Layout => layout;

    public TimeProvider Clock => clock;

    public Accounts Accounts { get; } = new(layout);

    public BrokerSnapshots Brokers { get; } = new(clock);

    /// <summary>What earlier runs of this deployment made here.</summary>
    public required Ledger Ledger { get; set; }

    /// <summary>Whether removal takes packages as well.</summary>
    public bool PurgePackages { get; init; }

    /// <summary>Whether the directory of what Twinbus keeps on a host was not there before this run.</summary>
    public bool StateIsNew { get; set; }

    /// <summary>Whether the run changes things by now, or still only reads.</summary>
    public bool Changes { get; private set; }

    /// <summary>The ways into the brokers that the plan names, by instance.</summary>
    public IReadOnlyDictionary<string, RabbitMqManagement> Managements { get; init; } = new Dictionary<string, RabbitMqManagement>();

    /// <summary>The way into a broker, or null when the plan does not name it.</summary>
    public RabbitMqManagement? ManagementOf(string instance) => Managements.GetValueOrDefault(instance);

    /// <summary>Tells that something takes time.</summary>
    public void Progress(Resource resource, string text) => tell(new ResourceProgress(resource.Kind, resource.Name, text));

    /// <inheritdoc cref="Progress(Resource, string)"/>
    public void Progress(LedgerEntry entry, string text) => tell(new ResourceProgress(entry.Kind, entry.Name, text));

    /// <summary>Notes that this resource differs and a later stage of the run will change it.</summary>
    public void NotePending(Resource resource) => pending[(resource.Kind, resource.Name)] = resource;

    /// <summary>Whether a resource that was read before this one will be changed.</summary>
    public bool IsPending(string kind, string name) => pending.ContainsKey((kind, name));

    /// <summary>SHA-256 of the content that a file is going to have; null when this run does not change it.</summary>
    public string? PendingSum(string path) =>
        pending.TryGetValue((FileResource.KindName, path), out var file) ? LoadedFiles.Sum(FileConverger.Content((FileResource)file)) : null;

    /// <summary>From here on things are changed; what a check found is forgotten, since each is read again.</summary>
    public void BeginChanges()
    {
        pending.Clear();
        Changes = true;
    }

    public void Dispose() => Brokers.Dispose();
}

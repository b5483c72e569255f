using System.Collections.Immutable;
using Twinbus.Deployment.Reading;
using Twinbus.Hosts.Plans;

namespace Twinbus.Deployment.Ports;

/// <summary>A port, or several in a row, that an instance wants.</summary>
internal sealed record PortRequest
{
    /// <summary>The instance's full name, for errors.</summary>
    public required string Instance { get; init; }

    /// <summary>The instance's name within its deployment, for what is wrong whatever the deployment is called.</summary>
    public required string Called { get; init; }

    public required string Purpose { get; init; }

    public string? LastPurpose { get; init; }

    /// <summary>Whether it is listened on now and then only: who listens there is no reason to refuse one that was given before.</summary>
    public bool IsBrief { get; init; }

    /// <summary>The parameter that says which, for errors.</summary>
    public required string Parameter { get; init; }

    public required int Wanted { get; init; }

    public required int Count { get; init; }

    /// <summary>Where an operator set it; null when it is a default, which gives way.</summary>
    public SourcePlace? SetAt { get; init; }

    /// <summary>The port of the last deploy; it is kept, since clients know it.</summary>
    public int? Kept { get; init; }

    /// <summary>Whether an earlier deploy gave the instance this very port.</summary>
    public bool WasDeployed { get; init; }

    /// <summary>The hosts that need it.</summary>
    public required ImmutableArray<string> Hosts { get; init; }

    /// <summary>The instance's service, whose own listening is no conflict.</summary>
    public required string Unit { get; init; }
}

/// <summary>Who has a port of a host, or several in a row.</summary>
/// <param name="Ports">The ports.</param>
/// <param name="Unit">The Twinbus service that they belong to, if any.</param>
/// <param name="Owner">Who listens, as a phrase; null when the reader may not know, as without root.</param>
internal sealed record TakenPort(PortRange Ports, string? Unit, string? Owner)
{
    /// <summary>The other deployment that has them whether its service runs or not; null: somebody listens.</summary>
    public string? Deployment { get; init; }

    /// <summary>Why the port cannot be had.</summary>
    public string Why => Deployment is { } other ? $"the deployment {other} has it for {Unit}" : $"{Owner ?? "another program"} listens on it";

    /// <summary>What to do so that it can.</summary>
    public string Remedy => Deployment is { } other ? $"take {other} down" : "stop that";
}

/// <summary>
/// Gives ports to instances: what an operator set is used or refused, what was used before is kept or refused, and a
/// default gives way to the next free one. Pure: the same input gives the same ports.
/// </summary>
internal sealed class PortAllocator(ImmutableDictionary<string, ImmutableArray<TakenPort>> taken, ProblemList problems)
{
    private const int Reach = 1000;

    private readonly Dictionary<(string Host, int Port), PortRequest> chosen = [];

    private readonly HashSet<(string Host, int Port, string Unit)> consulted = [];

    /// <summary>Every port of a host that a choice depended on, and the service that it was for.</summary>
    public IEnumerable<(string Host, int Port, string Unit)> Consulted => consulted;

    /// <summary>The first port for each request, in the order of the requests; a request that cannot be met is among the problems.</summary>
    public ImmutableArray<int> Allocate(IReadOnlyList<PortRequest> requests)
    {
        int[] ports = new int[requests.Count];

        // What cannot move goes first, so that what can move moves out of its way.
        foreach (int index in Enumerable.Range(0, requests.Count).OrderBy(index => Firmness(requests[index])))
        {
            PortRequest request = requests[index];
            ports[index] = request switch
            {
                { SetAt: not null } => Firm(request, request.Wanted),
                { Kept: { } kept } => Firm(request, kept),
                _ => NextFree(request),
            };
        }

        return [.. ports];
    }

    private static int Firmness(PortRequest request) => request switch
    {
        { SetAt: not null } => 0,
        { Kept: not null } => 1,
        _ => 2,
    };

    private int Firm(PortRequest request, int first)
    {
        foreach (string host in request.Hosts)
        {
            foreach (int port in Enumerable.Range(first, request.Count))
            {
                if (chosen.TryGetValue((host, port), out PortRequest? other))
                {
                    problems.Add(
                        request.SetAt ?? other.SetAt,
                        $"{request.Parameter} and {other.Parameter} both want port {port} of {host}",
                        request.Instance == other.Instance
                            ? $"both are for the broker instance {request.Called}"
                            : $"they are for the broker instances {request.Called} and {other.Called}",
                        "give one of them another port");
                }
                else if (Refuser(request, host, port) is { } holder)
                {
                    problems.Add(
                        request.SetAt,
                        $"port {port} of {host}, the {request.Purpose} port of {request.Instance}, is taken",
                        holder.Why,
                        request.SetAt is null ? $"{holder.Remedy}, or set {request.Parameter} to another port" : $"{holder.Remedy}, or give {request.Parameter} another port");
                }
            }
        }

        Reserve(request, first);
        return first;
    }

    private int NextFree(PortRequest request)
    {
        int last = Math.Min(request.Wanted + Reach, 65536 - request.Count);
        for (int first = request.Wanted; first <= last; first++)
        {
            if (request.Hosts.All(host => Enumerable.Range(first, request.Count).All(port => IsFree(request, host, port))))
            {
                Reserve(request, first);
                return first;
            }
        }

        problems.Add(
            null,
            $"no free {request.Purpose} port for {request.Instance}",
            $"none from {request.Wanted} to {last} is free on {string.Join(", ", request.Hosts)}",
            $"set {request.Parameter} to a free one");
        return request.Wanted;
    }

    private bool IsFree(PortRequest request, string host, int port) => !chosen.ContainsKey((host, port)) && Holder(request, host, port) is null;

    // Who listens now and then only, as command lines do, is no reason to refuse; what another deployment reserved always is.
    private TakenPort? Refuser(PortRequest request, string host, int port) => request.IsBrief
        ? taken.GetValueOrDefault(host, []).FirstOrDefault(held => held.Deployment is not null && held.Ports.Contains(port))
        : Holder(request, host, port);

    private TakenPort? Holder(PortRequest request, string host, int port)
    {
        consulted.Add((host, port, request.Unit));
        return taken.GetValueOrDefault(host, []).FirstOrDefault(held => held.Ports.Contains(port) && held.Unit != request.Unit && !IsProbablyOurs(request, held));
    }

    // Without root nobody is told whose socket it is; what an earlier deploy was given is then taken for its broker.
    private static bool IsProbablyOurs(PortRequest request, TakenPort held) => held is { Owner: null, Deployment: null } && request.WasDeployed;

    private void Reserve(PortRequest request, int first)
    {
        foreach (string host in request.Hosts)
        {
            foreach (int port in Enumerable.Range(first, request.Count))
            {
                chosen.TryAdd((host, port), request);
            }
        }
    }
}


namespace Twinbus.Deployment.Oslo;

/// <summary>What one bus asks of its clients, and what is wrong or doubtful about that; filled by its driver.</summary>
internal sealed class BusNeeds(MessagingBus bus, OsloRelease release)
{
    private readonly List<OptionNeed> options = [];
    private readonly List<ClientProblem> problems = [];
    private readonly List<string> warnings = [];

    public MessagingBus Bus => bus;

    public OsloRelease Release => release;

    public IReadOnlyList<OptionNeed> Options => options;

    public IReadOnlyList<ClientProblem> Problems => problems;

    public IReadOnlyList<string> Warnings => warnings;

    /// <summary>
    /// The option must have this value, because of <paramref name="parameter"/>; <paramref name="wayOut"/> is for releases that
    /// do not know it.
    /// </summary>
    public void Set(string name, string value, string? wayOut = null, string? parameter = null) =>
        Add(new OptionNeed(name, value) { WayOut = wayOut, Parameter = parameter });

    /// <summary>The option must have this value, and a release without the option has it.</summary>
    public void Off(string name, string value) => Add(new OptionNeed(name, value) { IsOff = true });

    /// <summary>The option must have this value, said in the URL.</summary>
    public void SetInUrl(string name, string value, string? wayOut = null, string? parameter = null) =>
        Add(new OptionNeed(name, value) { InUrl = true, WayOut = wayOut, Parameter = parameter });

    /// <summary>The value that whoever runs the broker gave in its URL; null when the URL is silent about it.</summary>
    public string? Given(string name) => bus.Query.FirstOrDefault(option => option.Key == name)?.Value;

    /// <summary>Says what cannot be, and which parameter, without the service's prefix, leads to it.</summary>
    public void Wrong(string what, string why, string next, string? parameter = null) =>
        problems.Add(new ClientProblem(new Problem($"the messaging service {bus.Name} {what}", why, next), bus.Name) { Parameter = parameter });

    public void Doubt(string sentence) => warnings.Add($"{bus.Name}: {sentence}");

    // A URL that was given is its owner's word, and a client reads it before all else.
    private void Add(OptionNeed need)
    {
        if (Given(need.Name) is null)
        {
            options.Add(need);
        }
    }
}

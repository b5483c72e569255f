using System.Collections.Immutable;
using Twinbus.Deployment.Model;
using Twinbus.Messaging;

namespace Twinbus.Deployment.Reading;

/// <summary>A service file: what a messaging service is carried by, and the parameters that it then has.</summary>
internal sealed record ServiceFile
{
    private static readonly string[] Keys = ["description", "carries", "backend", "shares", "parameters_from", "parameters"];

    public required string File { get; init; }

    public required MappingNode Root { get; init; }

    public required MessagingKind Carries { get; init; }

    /// <summary>The backend's name; null when the instance of another service is shared.</summary>
    public string? Backend { get; init; }

    /// <summary>The service whose instance is shared; null when it has a backend.</summary>
    public string? Shares { get; init; }

    /// <summary>Files with more parameters, relative to this one.</summary>
    public ImmutableArray<ScalarNode> ParametersFrom { get; init; } = [];

    public static ServiceFile? Parse(string file, string text, ProblemList problems)
    {
        if (TemplateReader.Read(file, text, problems) is not MappingNode root)
        {
            if (problems.IsEmpty)
            {
                problems.Add(SourcePlace.Whole(file), "not a service file", "it holds no mapping", "name one of the files in services/");
            }

            return null;
        }

        foreach (MappingEntry entry in root.Entries.Where(entry => !Keys.Contains(entry.Key.Text)))
        {
            problems.Add(entry.Key.Place, $"unknown key {entry.Key.Text}", $"a service file has {string.Join(", ", Keys)}", WordSuggestion.Suggest(entry.Key.Text, Keys, "remove it"));
        }

        MessagingKind? kind = KindOf(root, file, problems);
        string? backend = (root.Find("backend") as ScalarNode)?.Text;
        string? shares = (root.Find("shares") as ScalarNode)?.Text;
        if (backend is null == shares is null)
        {
            problems.Add(root.Place, "backend or shares", "a service has a backend, or shares the instance of another service", "give exactly one of the two");
        }

        return kind is null || backend is null == shares is null ? null : new ServiceFile
        {
            File = file,
            Root = root,
            Carries = kind.Value,
            Backend = backend,
            Shares = shares,
            ParametersFrom = [.. ((root.Find("parameters_from") as SequenceNode)?.Items ?? []).OfType<ScalarNode>()],
        };
    }

    private static MessagingKind? KindOf(MappingNode root, string file, ProblemList problems)
    {
        TemplateNode? carries = root.Find("carries");
        switch ((carries as ScalarNode)?.Text)
        {
            case "rpc":
                return MessagingKind.Rpc;
            case "notify":
                return MessagingKind.Notify;
            default:
                problems.Add(carries?.Place ?? SourcePlace.Whole(file), "carries is neither rpc nor notify", "a service file says which traffic it is for", "write carries: rpc or carries: notify");
                return null;
        }
    }
}

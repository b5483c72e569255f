using System.Collections.Immutable;
using Twinbus.Messaging;

namespace Twinbus.Deployment.Reading;

/// <summary>One environment as it is written: what it maps to what, and the parameters that it sets.</summary>
internal sealed record EnvironmentFile
{
    // What Heat knows besides and what says nothing about messaging.
    private static readonly string[] PassedOver = ["encrypted_param_names", "event_sinks", "parameter_merge_strategies"];

    private static readonly string[] Sections = ["resource_registry", "parameter_defaults", "parameters", .. PassedOver];

    public required string File { get; init; }

    public required ImmutableArray<MappingEntry> Registry { get; init; }

    public required ImmutableArray<MappingEntry> ParameterDefaults { get; init; }

    public required ImmutableArray<MappingEntry> Parameters { get; init; }

    /// <summary>What is mapped or set twice: TripleO takes the last one, and its own files do that to services that are none of ours.</summary>
    public required ImmutableArray<RepeatedKey> Repeated { get; init; }

    public static EnvironmentFile Parse(string file, string text, ProblemList problems)
    {
        TemplateNode? root = TemplateReader.Read(file, text, problems, repeatsAreJudgedLater: true);
        MappingNode? sections = root as MappingNode;
        if (root is not null and not MappingNode)
        {
            problems.Add(root.Place, $"the environment is {root.Form}", "an environment is a mapping", $"write {Sections[0]}: or {Sections[1]}: at the left edge");
        }

        foreach (RepeatedKey section in sections?.Repeated ?? [])
        {
            section.Tell(problems);
        }

        foreach (MappingEntry entry in sections?.Entries ?? [])
        {
            if (!Sections.Contains(entry.Key.Text))
            {
                problems.Add(
                    entry.Key.Place,
                    $"unknown section {entry.Key.Text}",
                    "an environment has resource_registry, parameter_defaults and parameters",
                    WordSuggestion.Suggest(entry.Key.Text, Sections, "parameters stand under parameter_defaults"));
            }
        }

        return new EnvironmentFile
        {
            File = file,
            Registry = Section(sections, "resource_registry", problems),
            ParameterDefaults = Section(sections, "parameter_defaults", problems),
            Parameters = Section(sections, "parameters", problems),
            Repeated = [.. Sections[..3].SelectMany(name => (sections?.Find(name) as MappingNode)?.Repeated ?? [])],
        };
    }

    private static ImmutableArray<MappingEntry> Section(MappingNode? sections, string name, ProblemList problems)
    {
        switch (sections?.Find(name))
        {
            case MappingNode mapping:
                return mapping.Entries;
            case null or ScalarNode { IsNull: true }:
                return [];
            case { } other:
                problems.Add(other.Place, $"{name} is {other.Form}", "it is a mapping of names to values", "write one NAME: VALUE a line, indented");
                return [];
        }
    }
}

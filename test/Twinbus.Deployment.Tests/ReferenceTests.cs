using System.Collections.Immutable;
using System.Text;
using Twinbus.Deployment.Reading;
using Xunit;

namespace Twinbus.Deployment.Tests;

/// <summary>docs/reference/parameters.md is the service files as a table; <c>TWINBUS_ACCEPT_GOLDEN=1</c> writes it anew.</summary>
public sealed class ReferenceTests
{
    private static readonly (string File, string Title)[] Chapters =
    [
        ("service", "Every service with a broker of ours"),
        ("shared", "A service that shares the broker of another"),
        ("external", "An external service"),
        ("rabbitmq", "RabbitMQ"),
        ("qdrouterd", "qdrouterd"),
        ("zmq", "ZeroMQ"),
        ("kafka", "Kafka"),
    ];

    [Fact]
    public async Task TheReferenceIsWhatTheServiceFilesSay()
    {
        string root = ShippedFiles.Find().Root;
        string file = Path.Combine(root, "docs", "reference", "parameters.md");
        string text = await TextAsync(root);
        if (Environment.GetEnvironmentVariable("TWINBUS_ACCEPT_GOLDEN") == "1")
        {
            await File.WriteAllTextAsync(file, text);
        }

        Assert.Equal(text, await File.ReadAllTextAsync(file));
    }

    [Fact]
    public void EveryParameterFileHasAChapter() => Assert.Equal(
        Directory.EnumerateFiles(Path.Combine(ShippedFiles.Find().Services, "parameters")).Select(Path.GetFileNameWithoutExtension).Order(),
        Chapters.Select(chapter => chapter.File).Order());

    private static async Task<string> TextAsync(string root)
    {
        StringBuilder text = new("""
            # Parameters

            What `parameter_defaults` of an environment can set. `<Service>` stands for the prefix of a messaging service: `RpcPort`,
            `NotifyPort`; for a further service that is mapped as `OsloMessagingRpcNeutron`, `RpcNeutronPort`. A parameter without it,
            such as `RabbitFDLimit`, holds for all services, and for one service behind that service's prefix: `NotifyRabbitFDLimit`.
            This page is made from `services/parameters/`; `twinbus show parameters --origin` says what holds in a deployment and why.


            """);
        foreach ((string name, string title) in Chapters)
        {
            text.Append($"## {title}\n\n| parameter | type | default | what it says |\n| --- | --- | --- | --- |\n");
            foreach (ParameterDefinition definition in await DefinitionsAsync(Path.Combine(root, "services", "parameters", name + ".yaml")))
            {
                text.Append(Row(definition));
            }

            text.Append('\n');
        }

        return text.ToString().TrimEnd('\n') + "\n";
    }

    private static string Row(ParameterDefinition definition)
    {
        string type = definition.Type switch
        {
            ParameterType.Number => "number",
            ParameterType.Boolean => "true, false",
            ParameterType.List => "list",
            _ => "text",
        };
        string value = definition.Default.Length == 0 ? "" : $"`{definition.Default}`";
        string rules = string.Concat(definition.Constraints
            .Select(constraint => constraint is PatternConstraint { Description.Length: > 0 } pattern ? pattern.Description : constraint.Rule)
            .Select(rule => $" {char.ToUpperInvariant(rule[0])}{rule[1..].Replace("|", "\\|", StringComparison.Ordinal)}."));
        return $"| `{definition.Name}` | {type}{(definition.Hidden ? ", hidden" : "")} | {value} | {definition.Description.Trim()}{rules} |\n";
    }

    private static async Task<ImmutableArray<ParameterDefinition>> DefinitionsAsync(string file)
    {
        ProblemList problems = new();
        MappingNode root = (MappingNode)TemplateReader.Read(file, await File.ReadAllTextAsync(file), problems)!;
        ImmutableArray<ParameterDefinition> definitions = new ParameterReader(problems).Read((MappingNode)root.Find("parameters")!);
        problems.ThrowIfAny();
        return definitions;
    }
}

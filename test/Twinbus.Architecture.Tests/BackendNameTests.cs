using System.Text.RegularExpressions;
using Xunit;

namespace Twinbus.Architecture.Tests;

/// <summary>A backend is one folder: its name stands in no code outside of it, so that another one can be added without a change elsewhere.</summary>
public sealed partial class BackendNameTests
{
    private static readonly string[] Projects = ["src/Twinbus.Deployment/", "src/Twinbus.Operations/", "src/Twinbus.Cli/"];

    // Files whose code names a backend, each with its reason. The list may only shrink.
    private static readonly Dictionary<string, string> Known = new()
    {
        ["src/Twinbus.Deployment/Backends/BackendRegistry.cs"] = "the one line of registration",
        ["src/Twinbus.Deployment/Backends/External/ExternalBackend.cs"] = "an example of a broker that stores, in a sentence",
        ["src/Twinbus.Deployment/Reading/ShippedFiles.cs"] = "the default environment is a file of that name",
        ["src/Twinbus.Deployment/Checks/UnknownNames.cs"] = "the one broker of old in TripleO's registry",
        ["src/Twinbus.Deployment/Clients/Formats/Hieradata.cs"] = "names of puppet-tripleo's parameters",
        ["src/Twinbus.Deployment/Clients/Formats/OpenStackAnsibleVariables.cs"] = "names of OpenStack-Ansible's variables",
        ["src/Twinbus.Deployment/Clients/Formats/KollaVariables.cs"] = "names of Kolla-Ansible's variables",
        ["src/Twinbus.Operations/Health/ProbeUrl.cs"] = "what a probe asks of one driver, in its URL",
        ["src/Twinbus.Cli/Commands/UpCommand.cs"] = "examples in help",
        ["src/Twinbus.Cli/Commands/ExplainCommand.cs"] = "examples in help",
        ["src/Twinbus.Cli/Commands/DeployCommand.cs"] = "examples in help",
        ["src/Twinbus.Cli/Invocation/BusDrivers.cs"] = "the one line of registration of a driver",
    };

    private static ILookup<string, string> Mentions => Repository.Sources
        .Where(file => Projects.Any(project => file.StartsWith(project, StringComparison.Ordinal)) && !OwnFolder().IsMatch(file))
        .SelectMany(file => Repository.Read(file).Split('\n').Index()
            .Where(line => !line.Item.TrimStart().StartsWith("//", StringComparison.Ordinal) && BackendName().IsMatch(line.Item))
            .Select(line => (File: file, Text: $"{file}:{line.Index + 1}: {line.Item.Trim()}")))
        .ToLookup(line => line.File, line => line.Text);

    [Fact]
    public void ABackendIsNamedInItsOwnFolderOnly() => Offences.None(Mentions.Where(file => !Known.ContainsKey(file.Key)).SelectMany(file => file));

    [Fact]
    public void NoExceptionOutlivesItsReason() => Offences.None(Known.Keys.Except(Mentions.Select(file => file.Key)));

    [GeneratedRegex("^src/Twinbus.Deployment/Backends/(?!External/)[A-Za-z]+/")]
    private static partial Regex OwnFolder();

    [GeneratedRegex("rabbit|qdr|kafka|zmq|zeromq", RegexOptions.IgnoreCase)]
    private static partial Regex BackendName();
}

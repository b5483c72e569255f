using System.Text.RegularExpressions;
using System.Xml.Linq;
using Xunit;

namespace Twinbus.Architecture.Tests;

/// <summary>Imports point one way: Cli -> Operations -> {Deployment, Messaging}; Deployment -> Hosts; drivers -> Messaging.</summary>
public sealed class DependencyTests
{
    private static readonly string[] Drivers =
        ["Twinbus.Messaging.RabbitMq", "Twinbus.Messaging.Amqp", "Twinbus.Messaging.ZeroMq", "Twinbus.Messaging.Kafka"];

    private static readonly Dictionary<string, string[]> Allowed = new()
    {
        ["Twinbus.Hosts"] = [],
        ["Twinbus.Hosts.RabbitMq"] = ["Twinbus.Hosts"],
        ["Twinbus.Messaging"] = [],
        ["Twinbus.Messaging.Hosting"] = ["Twinbus.Messaging"],
        ["Twinbus.Agent"] = ["Twinbus.Hosts", "Twinbus.Hosts.RabbitMq"],
        ["Twinbus.Deployment"] = ["Twinbus.Hosts", "Twinbus.Hosts.RabbitMq", "Twinbus.Messaging"],
        ["Twinbus.Operations"] = ["Twinbus.Deployment", "Twinbus.Hosts", "Twinbus.Messaging"],
        ["Twinbus.Cli"] = ["Twinbus.Operations", "Twinbus.Deployment", "Twinbus.Hosts", "Twinbus.Messaging", .. Drivers],
    };

    public static TheoryData<string> SourceProjects =>
        [.. Repository.Projects.Where(project => project.StartsWith("src/", StringComparison.Ordinal))];

    [Theory]
    [MemberData(nameof(SourceProjects))]
    public void AProjectReferencesOnlyWhatLiesBelowIt(string project)
    {
        string name = Path.GetFileNameWithoutExtension(project);
        string[] allowed = Drivers.Contains(name) ? ["Twinbus.Messaging"] : Allowed[name];
        Offences.None(References(project).Except(allowed));
    }

    [Fact]
    public void MessagingKnowsNothingOfDeployment() => Offences.None(Mentions("src/Twinbus.Messaging", @"Twinbus\.(Deployment|Hosts|Operations|Cli)\b"));

    [Fact]
    public void HostsKnowNothingElse() => Offences.None(Mentions("src/Twinbus.Hosts/", @"Twinbus\.(Deployment|Messaging|Operations|Cli)\b"));

    // No exceptions: what a server needs on a host stands in its own Twinbus.Hosts.X.
    [Fact]
    public void TheEngineKnowsNoServer() => Offences.None(
        Repository.Lines(Repository.Files.Where(file => file.StartsWith("src/Twinbus.Hosts/", StringComparison.Ordinal)))
            .Where(line => Regex.IsMatch(line.Text, "rabbit|erlang|cookie|epmd|amqp|qdrouterd|zeromq|kafka", RegexOptions.IgnoreCase))
            .Select(line => $"{line.Place}: {line.Text.Trim()}"));

    [Fact]
    public void AProjectFileSaysOnlyWhatIsItsOwn() =>
        Offences.None(Repository.Projects.Where(project => Repository.Read(project).Split('\n').Length > 40));

    private static IEnumerable<string> References(string project) =>
        XDocument.Parse(Repository.Read(project)).Descendants("ProjectReference")
            .Select(reference => Path.GetFileNameWithoutExtension(reference.Attribute("Include")!.Value));

    private static IEnumerable<string> Mentions(string folder, string pattern) =>
        Repository.Lines(Repository.Sources.Where(file => file.StartsWith(folder, StringComparison.Ordinal)))
            .Where(line => Regex.IsMatch(line.Text, pattern))
            .Select(line => $"{line.Place}: {line.Text.Trim()}");
}

using System.Text.RegularExpressions;
using Xunit;

namespace Twinbus.Architecture.Tests;

/// <summary>The command line only renders: what plans, runs, locks or keeps is an operation, and operations know no terminal.</summary>
public sealed class CommandLineTests
{
    // What lies below operations and the command line still reads by itself, to show it. The list may only shrink.
    private static readonly string[] ReadHere =
    [
        "Twinbus.Deployment",
        "Twinbus.Deployment.Backends",
        "Twinbus.Deployment.Clients",
        "Twinbus.Deployment.Clients.Formats",
        "Twinbus.Deployment.Oslo",
        "Twinbus.Deployment.Model",
        "Twinbus.Deployment.Secrets",
        "Twinbus.Deployment.State",
        "Twinbus.Hosts",
        "Twinbus.Hosts.Running",
    ];

    private static IEnumerable<string> Sources(string project) => Repository.Sources.Where(file => file.StartsWith($"src/{project}/", StringComparison.Ordinal));

    [Fact]
    public void TheCommandLinePlansAndRunsNothing() => Offences.None(Mentions(
        "Twinbus.Cli",
        @"\b(DeploymentSource|DeploymentPlanner|PlanningContext|PlanMaker|PlanFactory|HostRunner|RunnerOptions|DeploymentLock|RunJournal|RandomNumberGenerator|JsonSerializerContext)\b"));

    [Fact]
    public void WhatTheCommandLineReadsBelowOperationsIsListed() => Offences.None(Imports().Except(ReadHere));

    [Fact]
    public void WhatIsListedIsStillRead() => Offences.None(ReadHere.Except(Imports()));

    [Fact]
    public void OperationsKnowNoTerminalAndNoCommandLine() =>
        Offences.None(Mentions("Twinbus.Operations", @"\b(Console|System\.CommandLine|Spectre|Twinbus\.Cli|ExitCode|Environment\.(Exit|GetCommandLineArgs))\b"));

    private static IEnumerable<string> Imports() => Repository.Lines(Sources("Twinbus.Cli"))
        .Select(line => Regex.Match(line.Text, @"^using (Twinbus\.(Deployment|Hosts)[\w.]*);"))
        .Where(match => match.Success)
        .Select(match => match.Groups[1].Value)
        .Distinct();

    private static IEnumerable<string> Mentions(string project, string pattern) => Repository.Lines(Sources(project))
        .Where(line => !line.Text.TrimStart().StartsWith("//", StringComparison.Ordinal) && Regex.IsMatch(line.Text, pattern))
        .Select(line => $"{line.Place}: {line.Text.Trim()}");
}

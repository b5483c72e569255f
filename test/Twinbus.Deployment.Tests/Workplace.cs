using System.Collections.Immutable;
using Microsoft.Extensions.Time.Testing;
using Twinbus.Deployment.Model;
using Twinbus.Deployment.Planning;
using Twinbus.Deployment.Reading;
using Twinbus.Deployment.Secrets;
using Twinbus.Hosts.Plans;
using Twinbus.Testing;

namespace Twinbus.Deployment.Tests;

/// <summary>Files as an operator would write them, read and planned against the environments that Twinbus ships.</summary>
internal sealed class Workplace : IDisposable
{
    private static readonly DateTimeOffset Now = new(2026, 11, 23, 12, 0, 0, TimeSpan.Zero);

    private readonly TemporaryDirectory directory = new();
    private byte next;

    public ShippedFiles Shipped { get; } = ShippedFiles.Find();

    public string Write(string name, string text) => directory.Write(name, text);

    public string ShippedEnvironment(string name) => Path.Combine(Shipped.Root, "environments", "messaging", name);

    public string Root => directory.Path;

    public Task<DeploymentSource> ReadAsync(params string[] environments) => ReadAsync(new DeploymentRequest { Environments = [.. environments] });

    public Task<DeploymentSource> ReadAsync(DeploymentRequest request) => DeploymentSource.ReadAsync(request, Shipped, CancellationToken.None);

    /// <summary>Reads one environment with this text.</summary>
    public Task<DeploymentSource> ReadTextAsync(string text) => ReadAsync(Write("environment.yaml", text));

    /// <summary>The problems of an environment with this text, without the directory's name.</summary>
    public async Task<string[]> ProblemsOfAsync(string text)
    {
        DeploymentException e = await Xunit.Assert.ThrowsAsync<DeploymentException>(() => ReadTextAsync(text));
        return [.. e.Problems.Select(problem => problem.ToString().Replace(directory.Path + "/", "", StringComparison.Ordinal))];
    }

    public PreparedDeployment Prepare(DeploymentSource source, params ListeningPort[] listening) => Prepare(source, null, listening);

    public PreparedDeployment Prepare(DeploymentSource source, PreparedDeployment? before, params ListeningPort[] listening) => DeploymentPlanner.Prepare(source, Context(source, before, listening));

    /// <summary>Plans on hosts where another deployment has these ports.</summary>
    public PreparedDeployment Prepare(DeploymentSource source, PreparedDeployment? before, ReservedPorts reserved) => DeploymentPlanner.Prepare(source, Context(source, before, [], [reserved]));

    public PlanningContext Context(DeploymentSource source, PreparedDeployment? before, params ListeningPort[] listening) => Context(source, before, listening, []);

    private PlanningContext Context(DeploymentSource source, PreparedDeployment? before, ListeningPort[] listening, ImmutableArray<ReservedPorts> reserved) => new()
    {
        DeploymentDirectory = "/srv/trial",
        IsDefaultDirectory = true,
        Previous = before?.Deployment,
        Secrets = before?.Secrets ?? DeploymentSecrets.None,
        Facts = source.Hosts.ToImmutableDictionary(host => host.Name, host => Facts(host, listening, reserved)),
        Bytes = Count,
        Clock = new FakeTimeProvider(Now),
    };

    public void Dispose() => directory.Dispose();

    // Bytes that differ from secret to secret and are the same in each run.
    private void Count(Span<byte> destination)
    {
        foreach (ref byte target in destination)
        {
            target = next++;
        }
    }

    private static HostFacts Facts(DeploymentHost host, ListeningPort[] listening, ImmutableArray<ReservedPorts> reserved) => new()
    {
        HostName = host.Name,
        OperatingSystem = "debian",
        OperatingSystemVersion = "12",
        Architecture = "x64",
        RunsSystemd = true,
        IsRoot = true,
        Listening = [.. listening],
        Reserved = reserved,
        InstalledPackages = ImmutableDictionary<string, string>.Empty,
        CandidatePackages = ImmutableDictionary<string, string>.Empty,
    };
}

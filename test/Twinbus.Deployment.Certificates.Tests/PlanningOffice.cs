using System.Collections.Immutable;
using Twinbus.Deployment.Planning;
using Twinbus.Deployment.Reading;
using Twinbus.Deployment.Secrets;
using Twinbus.Hosts.Plans;
using Twinbus.Testing;

namespace Twinbus.Deployment.Certificates.Tests;

/// <summary>Environments as an operator writes them, read and planned with the workshop's clock, serials and keys.</summary>
internal sealed class PlanningOffice : IDisposable
{
    private readonly TemporaryDirectory directory = new();
    private readonly Workshop workshop = new();
    private readonly ShippedFiles shipped = ShippedFiles.Find();

    public Workshop Workshop => workshop;

    public string Path(string name) => directory[name];

    public string Write(string name, string text, UnixFileMode mode = UnixFileMode.UserRead | UnixFileMode.UserWrite)
    {
        string path = directory.Write(name, text);
        File.SetUnixFileMode(path, mode);
        return path;
    }

    public string Shipped(string name) => System.IO.Path.Combine(shipped.Root, "environments", name);

    public Task<DeploymentSource> ReadAsync(params string[] environments) => DeploymentSource.ReadAsync(
        new DeploymentRequest { Environments = [.. environments], Clock = workshop.Clock }, shipped, CancellationToken.None);

    /// <summary>Reads one environment with these parameters after the shipped ones.</summary>
    public Task<DeploymentSource> ReadParametersAsync(string parameters, params string[] before) =>
        ReadAsync([.. before, Write("my.yaml", $"parameter_defaults:\n{string.Concat(parameters.Split('\n').Select(line => $"  {line}\n"))}")]);

    /// <summary>What is wrong with these parameters, without the directory's name.</summary>
    public async Task<string> ProblemsOfAsync(string parameters, params string[] before)
    {
        DeploymentException failure = await Xunit.Assert.ThrowsAsync<DeploymentException>(() => ReadParametersAsync(parameters, before));
        return failure.Message.Replace(directory.Path + "/", "", StringComparison.Ordinal);
    }

    public PreparedDeployment Prepare(DeploymentSource source, PreparedDeployment? before = null) => DeploymentPlanner.Prepare(source, new PlanningContext
    {
        DeploymentDirectory = "/srv/trial",
        IsDefaultDirectory = true,
        Previous = before?.Deployment,
        Secrets = before?.Secrets ?? DeploymentSecrets.None,
        Certificates = before?.Certificates.ToImmutableDictionary() ?? ImmutableDictionary<string, InstanceCertificates>.Empty,
        Facts = source.Hosts.ToImmutableDictionary(host => host.Name, host => Facts(host.Name)),
        Bytes = workshop.Sources.Bytes,
        Keys = workshop.Sources.Keys,
        Clock = workshop.Clock,
    });

    public void Dispose() => directory.Dispose();

    private static HostFacts Facts(string host) => new()
    {
        HostName = host,
        OperatingSystem = "debian",
        OperatingSystemVersion = "12",
        Architecture = "x64",
        RunsSystemd = true,
        IsRoot = true,
        Listening = [],
        Reserved = [],
        InstalledPackages = ImmutableDictionary<string, string>.Empty,
        CandidatePackages = ImmutableDictionary<string, string>.Empty,
    };
}

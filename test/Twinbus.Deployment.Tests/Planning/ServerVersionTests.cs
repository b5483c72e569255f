using System.Collections.Immutable;
using Twinbus.Deployment.Planning;
using Xunit;

namespace Twinbus.Deployment.Tests.Planning;

public sealed class ServerVersionTests : IDisposable
{
    private const string Old = "3.10.8-1.1+deb12u1";
    private const string New = "4.0.5-2";

    private readonly Workplace workplace = new();

    [Fact]
    public async Task OneClusterOnTwoReleasesIsRefusedAtTheHostThatDiffers()
    {
        string[] problems = await RefusedAsync(Shared, ("h1", "12", Old), ("h2", "12", Old), ("h3", "13", New));

        Assert.Equal(
            "inventory.yaml:5:5: h3 has RabbitMQ 4.0 and h1 has RabbitMQ 3.10: members of a RabbitMQ cluster have one version, "
            + "and a newer one refuses to join older ones; give the rpc service hosts of one release, or h3 a deployment of its own",
            Assert.Single(problems));
    }

    [Fact]
    public async Task WhatMostHostsHaveIsWhatWasMeant()
    {
        string[] problems = await RefusedAsync(Shared, ("h1", "12", Old), ("h2", "13", New), ("h3", "13", New));

        Assert.StartsWith("inventory.yaml:3:5: h1 has RabbitMQ 3.10 and h2 has RabbitMQ 4.0: ", Assert.Single(problems), StringComparison.Ordinal);
    }

    [Fact]
    public async Task EachClusterIsToldOf()
    {
        string[] problems = await RefusedAsync("messaging-dual-rabbitmq.yaml", ("h1", "12", Old), ("h2", "12", Old), ("h3", "13", New));

        Assert.Equal(["give the rpc service", "give the notify service"], problems.Select(problem => problem[problem.IndexOf("give", StringComparison.Ordinal)..problem.IndexOf(" hosts of", StringComparison.Ordinal)]));
    }

    [Fact]
    public async Task TheDistributionsReleaseStandsForTheVersionWhereNoListsOfPackagesAre()
    {
        string[] problems = await RefusedAsync(Shared, ("h1", "12", Old), ("h2", "12", null), ("h3", "13", New));

        Assert.StartsWith("inventory.yaml:5:5: h3 has debian 13 and h1 has debian 12: ", Assert.Single(problems), StringComparison.Ordinal);
    }

    [Fact]
    public async Task AnUpdateOfOneReleaseAndAHostThatWasNotReachedAreNoDifference()
    {
        Assert.Equal(new Version(3, 10), await VersionAsync(("h1", "12", Old), ("h2", "12", "3.10.9-1"), ("h3", "12", null)));
        Assert.Equal(new Version(4, 0), await VersionAsync(("h1", "13", New), ("h2", "13", New)));
    }

    public void Dispose() => workplace.Dispose();

    private const string Shared = "messaging-shared-rabbitmq.yaml";

    private async Task<Version?> VersionAsync(params (string Host, string Release, string? Offered)[] hosts)
    {
        (DeploymentSource source, PlanningContext context) = await ReadAsync(Shared, hosts);
        return DeploymentPlanner.Prepare(source, context).Deployment.Instances[0].ServerVersion;
    }

    private async Task<string[]> RefusedAsync(string environment, params (string Host, string Release, string? Offered)[] hosts)
    {
        (DeploymentSource source, PlanningContext context) = await ReadAsync(environment, hosts);
        DeploymentException e = Assert.Throws<DeploymentException>(() => DeploymentPlanner.Prepare(source, context));
        Assert.Equal(DeploymentFailureReason.InvalidInput, e.Reason);
        return [.. e.Problems.Select(problem => problem.ToString().Replace(workplace.Root + "/", "", StringComparison.Ordinal))];
    }

    // h3 of the inventory is not reached unless something is said of it.
    private async Task<(DeploymentSource Source, PlanningContext Context)> ReadAsync(
        string environment, (string Host, string Release, string? Offered)[] hosts)
    {
        string inventory = workplace.Write(
            "inventory.yaml", "Controller:\n  hosts:\n    h1: {ansible_host: 10.0.0.1}\n    h2: {ansible_host: 10.0.0.2}\n    h3: {ansible_host: 10.0.0.3}\n");
        DeploymentSource source = await workplace.ReadAsync(new DeploymentRequest
        {
            Environments = [workplace.ShippedEnvironment(environment)],
            Inventory = inventory,
        });
        PlanningContext context = workplace.Context(source, null);
        return (source, context with
        {
            Facts = hosts.ToImmutableDictionary(host => host.Host, host => context.Facts[host.Host] with
            {
                OperatingSystemVersion = host.Release,
                CandidatePackages = host.Offered is { } offered
                    ? ImmutableDictionary<string, string>.Empty.Add("rabbitmq-server", offered)
                    : ImmutableDictionary<string, string>.Empty,
            }),
        });
    }
}

using System.Collections.Immutable;
using Twinbus.Deployment.Planning;
using Xunit;

namespace Twinbus.Deployment.Tests.Planning;

/// <summary>What <c>show config</c> would refuse is refused by <c>validate</c>, at the parameter that leads to it.</summary>
public sealed class ClientCheckTests : IDisposable
{
    private readonly Workplace workplace = new();

    public void Dispose() => workplace.Dispose();

    [Theory]
    [InlineData("OsloMessagingRelease: stein\n  RabbitQueueType: quorum", 3, "rabbit_quorum_queue = true, which oslo.messaging 9.5.2 (Stein) does not know")]
    [InlineData("RabbitQueueType: quorum\n  NotifyRabbitQueueType: classic\n  OsloMessagingRelease: train", 2, "rabbit_quorum_queue")]
    public async Task AnOptionThatTheReleaseDoesNotKnowIsAMistakeOfTheFile(string parameters, int line, string what)
    {
        string[] problems = await workplace.ProblemsOfAsync($"parameter_defaults:\n  {parameters}\n");

        Assert.NotEmpty(problems);
        Assert.All(problems, problem => Assert.StartsWith($"environment.yaml:{line}:20: ", problem, StringComparison.Ordinal));
        Assert.Contains(problems, problem => problem.Contains(what, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("durable", "stein")]
    [InlineData("classic", "stein")]
    [InlineData("quorum", "zed")]
    public async Task WhatTheReleaseKnowsIsValid(string type, string release) =>
        Assert.NotEmpty((await workplace.ReadTextAsync($"parameter_defaults:\n  OsloMessagingRelease: {release}\n  RabbitQueueType: {type}\n")).Parameters);

    [Theory]
    [InlineData("3.10.8-1", "auto", "classic")]
    [InlineData("4.3.0-1", "auto", "quorum")]
    [InlineData("4.3.0-1", "durable", "durable")]
    [InlineData("4.3.0-1", "classic", null)]
    public async Task QueuesThatTheServerRefusesAreNotDeployed(string server, string type, string? settled)
    {
        DeploymentSource source = await workplace.ReadTextAsync($"parameter_defaults:\n  RabbitQueueType: {type}\n");
        PlanningContext context = workplace.Context(source, null);
        context = context with
        {
            Facts = context.Facts.ToImmutableDictionary(
                host => host.Key, host => host.Value with { CandidatePackages = ImmutableDictionary<string, string>.Empty.Add("rabbitmq-server", server) }),
        };

        if (settled is not null)
        {
            Assert.Equal(settled, DeploymentPlanner.Prepare(source, context).Deployment.Instances[0].Settings["RabbitQueueType"]);
            return;
        }

        DeploymentException e = Assert.Throws<DeploymentException>(() => DeploymentPlanner.Prepare(source, context));
        Assert.Equal(DeploymentFailureReason.InvalidInput, e.Reason);
        Assert.All(e.Problems, problem => Assert.Equal((2, 20), (problem.Place!.Value.Line, problem.Place.Value.Column)));
    }
}

using Twinbus.Hosts.Plans;
using Twinbus.Hosts.RabbitMq.Cluster;

namespace Twinbus.Hosts.Tests.RabbitMq.Cluster;

public sealed class QuorumPlanTests
{
    private static readonly string[] Five = ["a", "b", "c", "d", "e"];

    [Fact]
    public void AQueueWithTooFewReplicasGetsThemInThePlansOrder()
    {
        var plan = Plan(["a", "b", "c"], running: ["a", "b", "c"]);

        Assert.Equal(["b", "c"], Newcomers(plan, Quorum(["a"])));
        Assert.Equal(["a"], Newcomers(plan, Quorum(["b", "c"])));
        Assert.Empty(Newcomers(plan, Quorum(["a", "b", "c"])));
    }

    [Fact]
    public void FiveMembersGiveFiveReplicasAndSevenNoMore()
    {
        Assert.Equal(["d", "e"], Newcomers(Plan(Five, Five), Quorum(["a", "b", "c"])));
        Assert.Empty(Newcomers(Plan([.. Five, "f", "g"], [.. Five, "f", "g"]), Quorum(Five)));
    }

    [Fact]
    public void AnEvenNumberOfMembersGivesAnOddNumberOfReplicas()
    {
        Assert.Empty(Newcomers(Plan(["a", "b"], ["a", "b"]), Quorum(["a"])));
        Assert.Empty(Newcomers(Plan(["a", "b", "c", "d"], ["a", "b", "c", "d"]), Quorum(["a", "b", "c"])));
    }

    [Fact]
    public void AMemberThatDoesNotRunTakesOnNoReplica() =>
        Assert.Equal(["c"], Newcomers(Plan(["a", "b", "c"], ["a", "c"]), Quorum(["a"])));

    [Fact]
    public void ClassicQueuesAndStreamsAreLeftAlone()
    {
        var plan = Plan(["a", "b", "c"], ["a", "b", "c"]);

        Assert.False(plan.Lacks(Classic("a", 0), "b"));
        Assert.False(plan.Lacks(Quorum(["a"]) with { Type = "stream" }, "b"));
    }

    [Fact]
    public void FiveMayBecomeThree() =>
        Assert.Empty(Plan(["a", "b", "c"], Five).Objections(["d", "e"], [Quorum(Five), Quorum(["c", "d", "e"]), Quorum(["d"])]));

    [Fact]
    public void ThreeMayBecomeOne() =>
        Assert.Empty(Plan(["a"], ["a", "b", "c"]).Objections(["b", "c"], [Quorum(["a", "b", "c"])]));

    [Fact]
    public void ADeadMemberMayBeLetGoOf() =>
        Assert.Empty(Plan(["a", "b"], ["a", "b"]).Objections(["c"], [Quorum(["a", "b", "c"], online: ["a", "b"])]));

    [Fact]
    public void NobodyLeavesWhileAMemberThatStaysIsDownAndAQueueNeedsTheOneThatLeaves()
    {
        var why = Plan(["a", "b"], ["a", "c"]).Objections(["c"], [Quorum(["a", "b", "c"], online: ["a", "c"])]);

        Assert.Equal("queue q in / would lose its majority: 1 of its 2 remaining replicas run", Assert.Single(why));
    }

    [Fact]
    public void AQueueWithoutAMajorityKeepsItsMembers()
    {
        var why = Plan(["a", "b"], ["a"]).Objections(["c"], [Quorum(["a", "b", "c"], online: ["a"])]);

        Assert.Equal("queue q in / has no majority now: 1 of its 3 replicas run", Assert.Single(why));
    }

    [Fact]
    public void AStreamWhoseReplicasAllLeaveKeepsThem() =>
        Assert.Single(Plan(["a"], ["a", "b"]).Objections(["b"], [Quorum(["b"]) with { Type = "stream" }]));

    [Fact]
    public void MessagesOfAClassicQueueKeepItsNode()
    {
        var plan = Plan(["a", "b"], ["a", "b", "c"]);

        Assert.Equal("queue q in / has 7 messages on c and no replica elsewhere", Assert.Single(plan.Objections(["c"], [Classic("c", 7)])));
        Assert.Empty(plan.Objections(["c"], [Classic("c", 0), Classic("a", 7), Classic("c", 7) with { Durable = false }]));
    }

    private static string[] Newcomers(QuorumPlan plan, ClusterQueue queue) => [.. plan.Members.Where(m => plan.Lacks(queue, m))];

    private static QuorumPlan Plan(string[] members, string[] running) => new(members, running.ToHashSet(), Replicas: 5);

    private static ClusterQueue Quorum(string[] members, string[]? online = null) => new()
    {
        Name = "q",
        Vhost = "/",
        Type = "quorum",
        Durable = true,
        Node = members[0],
        Members = members,
        Online = online ?? members,
    };

    private static ClusterQueue Classic(string node, long messages) =>
        new() { Name = "q", Vhost = "/", Durable = true, Node = node, Messages = messages };
}

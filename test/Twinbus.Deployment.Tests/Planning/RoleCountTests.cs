using Twinbus.Deployment.Planning;
using Xunit;

namespace Twinbus.Deployment.Tests.Planning;

/// <summary>How many hosts a role shall have, against those that the inventory has.</summary>
public sealed class RoleCountTests : IDisposable
{
    private readonly Workplace workplace = new();

    public void Dispose() => workplace.Dispose();

    [Theory]
    [InlineData("ControllerCount: 3", true)]
    [InlineData("ControllerCount: 1", false)]
    [InlineData("ControllerCount: many", false)]
    [InlineData("ControllerCount: 3\n  MessagingCount: 5\n  ComputeCount: 900", true)]
    public async Task WhatAnEnvironmentSaysMustAgreeWithTheInventory(string parameters, bool agrees)
    {
        DeploymentRequest request = new()
        {
            Environments = [workplace.Write("site.yaml", $"parameter_defaults:\n  {parameters}\n")],
            Inventory = workplace.Write("inventory.yaml", "Controller:\n  hosts:\n    ctl-[1:3]:\n"),
        };

        if (agrees)
        {
            Assert.DoesNotContain("ControllerCount", (await workplace.ReadAsync(request)).Ignored.Select(entry => entry.Name));
            return;
        }

        DeploymentException e = await Assert.ThrowsAsync<DeploymentException>(() => workplace.ReadAsync(request));
        Assert.Equal((2, 20), (Assert.Single(e.Problems).Place!.Value.Line, e.Problems[0].Place!.Value.Column));
    }

    [Fact]
    public async Task ADefaultOfARolesFileGivesWayAndIsSaidTo()
    {
        DeploymentRequest request = new()
        {
            Roles = workplace.Write("roles.yaml", "- name: Controller\n  CountDefault: 1\n  ServicesDefault: [OS::TripleO::Services::OsloMessagingRpc, OS::TripleO::Services::OsloMessagingNotify]\n"),
            Inventory = workplace.Write("inventory.yaml", "Controller:\n  hosts:\n    ctl-[1:3]:\n"),
        };

        Problem notice = Assert.Single((await workplace.ReadAsync(request)).Notices);

        Assert.Equal("CountDefault of Controller is 1, and the inventory has 3 hosts in it", notice.What);
        Assert.Equal((2, 17), (notice.Place!.Value.Line, notice.Place.Value.Column));
    }
}

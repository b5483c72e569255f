using Twinbus.Deployment.Model;
using Xunit;

namespace Twinbus.Deployment.Tests.Planning;

public sealed class DeploymentNameTests
{
    [Theory]
    [InlineData("/srv/cloud", "cloud")]
    [InlineData("/srv/cloud/", "cloud")]
    [InlineData("/srv/My Cloud.2", "my-cloud-2")]
    [InlineData("/srv/.hidden.", "hidden")]
    [InlineData("/srv/a-very-long-name-of-a-cloud", "a-very-long-name")]
    [InlineData("/", "deployment")]
    [InlineData("/srv/ü", "deployment")]
    public void ADirectoryGivesASafeName(string directory, string name) => Assert.Equal(name, DeploymentName.Of(directory));

    [Theory]
    [InlineData("default", "messaging", "default-messaging")]
    [InlineData("a-very-long-nam", "messaging", "a-very-long-nam-mes-8d3f")]
    public void AnInstancesUserNameFitsTheSystem(string deployment, string instance, string full)
    {
        string actual = DeploymentName.OfInstance(deployment, instance);
        Assert.InRange($"twinbus-{actual}".Length, 1, 32);
        Assert.Equal(full[..^4], actual[..^4]);
    }

    [Fact]
    public void ShortenedNamesStayApart() => Assert.NotEqual(
        DeploymentName.OfInstance("a-very-long-name", "messaging"), DeploymentName.OfInstance("a-very-long-name", "messaginh"));
}

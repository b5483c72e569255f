using System.Security.Cryptography.X509Certificates;
using Twinbus.Deployment.Model;
using Twinbus.Hosts;
using Xunit;

namespace Twinbus.Deployment.Certificates.Tests;

public sealed class CertificateAuthorityTests
{
    private readonly Workshop workshop = new();
    private readonly CertificateOrder order = Workshop.Order(new InstanceTls(), "node1");

    [Theory]
    [InlineData(19, 12, 2)]
    [InlineData(29, 25, 3)]
    public void OverTheYearsNoClientEverMeetsACertificateThatItDoesNotTrust(int daysBetweenDeploys, int years, int expectedAuthorities)
    {
        // Clients fetch the bundle late: as it was at the first deploy that is no more than 30 days back.
        Queue<(DateTimeOffset Time, string Bundle)> bundles = [];
        InstanceCertificates present = InstanceCertificates.None;
        int authorities = 0;
        for (int day = 0; day < years * 365; day += daysBetweenDeploys)
        {
            PreparedCertificates prepared = workshop.Prepare(present, order);
            present = prepared.Certificates;
            authorities += prepared.Changes.Count(change => change.StartsWith("new CA", StringComparison.Ordinal));
            bundles.Enqueue((workshop.Now, present.Trusted!));
            while (workshop.Now - bundles.Peek().Time > CertificateAuthority.Overlap)
            {
                bundles.Dequeue();
            }

            Assert.True(workshop.Accepts(bundles.Peek().Bundle, present.Hosts["node1"].Certificate, "node1"), $"day {day}");
            workshop.Clock.Advance(TimeSpan.FromDays(daysBetweenDeploys));
        }

        Assert.Equal(expectedAuthorities, authorities);
    }

    [Fact]
    public void NewAuthorityIsTrustedAtOnceAndSignsAfterThirtyDays()
    {
        InstanceCertificates first = workshop.Prepare(order);
        workshop.Clock.SetUtcNow(Workshop.Beginning.AddYears(10).AddDays(-420));

        InstanceCertificates second = workshop.Prepare(first, order).Certificates;
        Assert.Equal(2, second.Authority.Generations.Length);
        Assert.True(workshop.Accepts(first.Trusted!, second.Hosts["node1"].Certificate, "node1"));

        workshop.Clock.Advance(TimeSpan.FromDays(31));
        PreparedCertificates third = workshop.Prepare(second, order);
        Assert.Equal(["new certificate of node1: the present one is from another CA"], third.Changes);
        Assert.False(workshop.Accepts(first.Trusted!, third.Certificates.Hosts["node1"].Certificate, "node1"));
        Assert.True(workshop.Accepts(second.Trusted!, third.Certificates.Hosts["node1"].Certificate, "node1"));
    }

    [Fact]
    public void KeyOfAnAuthorityThatNoLongerSignsIsNotKept()
    {
        InstanceCertificates first = workshop.Prepare(order);
        workshop.Clock.SetUtcNow(Workshop.Beginning.AddYears(10).AddDays(-420));
        InstanceCertificates second = workshop.Prepare(first, order).Certificates;
        Assert.All(second.Authority.Generations, generation => Assert.NotNull(generation.Key));

        workshop.Clock.Advance(TimeSpan.FromDays(31));
        InstanceCertificates third = workshop.Prepare(second, order).Certificates;

        Assert.Null(third.Authority.Generations[0].Key);
        Assert.NotNull(third.Authority.Generations[1].Key);
    }

    [Fact]
    public void AuthorityThatEndedIsNoLongerTrusted()
    {
        InstanceCertificates first = workshop.Prepare(order);
        workshop.Clock.SetUtcNow(Workshop.Beginning.AddYears(10).AddDays(1));

        InstanceCertificates second = workshop.Prepare(first, order).Certificates;

        Assert.Single(second.Authority.Generations);
        Assert.DoesNotContain(first.Trusted!, second.Trusted!);
        Assert.True(workshop.Accepts(second.Trusted!, second.Hosts["node1"].Certificate, "node1"));
    }

    [Fact]
    public void LateDeployStillOverlapsWithCertificatesThatEndWithTheOldAuthority()
    {
        InstanceCertificates first = workshop.Prepare(order);
        workshop.Clock.SetUtcNow(Workshop.Beginning.AddYears(10).AddDays(-100));

        InstanceCertificates second = workshop.Prepare(first, order).Certificates;

        using X509Certificate2 leaf = X509Certificate2.CreateFromPem(second.Hosts["node1"].Certificate);
        Assert.Equal(Workshop.Beginning.AddYears(10), leaf.NotAfter);
        Assert.True(workshop.Accepts(first.Trusted!, second.Hosts["node1"].Certificate, "node1"));
        Assert.Empty(workshop.Prepare(second, order).Changes);
    }

    [Fact]
    public void AuthorityThatEndsWithinSixtyDaysSignsNoMore()
    {
        InstanceCertificates first = workshop.Prepare(order);
        workshop.Clock.SetUtcNow(Workshop.Beginning.AddYears(10).AddDays(-59));

        InstanceCertificates second = workshop.Prepare(first, order).Certificates;

        Assert.False(workshop.Accepts(first.Trusted!, second.Hosts["node1"].Certificate, "node1"));
        Assert.True(workshop.Accepts(second.Trusted!, second.Hosts["node1"].Certificate, "node1"));
    }

    [Fact]
    public void AuthorityWithoutItsKeyStaysTrustedAndANewOneSigns()
    {
        InstanceCertificates first = workshop.Prepare(order);
        AuthorityGeneration keyless = first.Authority.Generations[0] with { Key = new Secret("not a key") };

        PreparedCertificates second = workshop.Prepare(first with { Authority = new CertificateAuthority([keyless]) }, order);

        Assert.Equal(2, second.Certificates.Authority.Generations.Length);
        Assert.Contains(first.Trusted!, second.Certificates.Trusted!);
        Assert.True(workshop.Accepts(second.Certificates.Trusted!, second.Certificates.Hosts["node1"].Certificate, "node1"));
    }
}

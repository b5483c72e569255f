using System.Diagnostics;
using System.Text.Json.Nodes;
using Twinbus.Messaging;

namespace Twinbus.Backends.Conformance;

/// <summary>
/// What every backend that Twinbus deploys must do, on each kind of site. A backend inherits the claims; one that cannot hold is
/// overridden there with its reason.
/// </summary>
public abstract class BackendClaims(BackendUnderTest backend, Site site)
{
    private static readonly TimeSpan LoginTimeout = TimeSpan.FromSeconds(20);

    protected BackendUnderTest Backend => backend;

    protected Site Site => site;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public virtual async Task ItIsDeployedAndVerifiedAndThenNothingChanges(bool tls)
    {
        await using Installation installation = await InstallAsync(tls);
        await AssertHealthyInEachStageAsync(installation);
        string[] before = await RunningAsync(installation);

        Assert.Empty(await installation.DeployAsync());
        Assert.Empty(await installation.ChangesAsync(0, "plan"));

        Assert.Equal(before, await RunningAsync(installation));
        await AssertHealthyInEachStageAsync(installation);
    }

    [Fact]
    public virtual async Task ItStandsBesideASecondDeploymentOfItself()
    {
        await using Installation first = await InstallAsync(tls: false);
        string[] before = await RunningAsync(first);
        await using (Installation second = await InstallAsync(tls: true))
        {
            await AssertHealthyInEachStageAsync(second);
            await AssertHealthyInEachStageAsync(first);
            Assert.Empty(await first.ChangesAsync(0, "plan"));
            (await second.RunAsync("down")).With(0);
        }

        Assert.Equal(before, await RunningAsync(first));
        Assert.Empty(await first.ChangesAsync(0, "plan"));
        await AssertHealthyInEachStageAsync(first);
    }

    [Fact]
    public virtual async Task WhatACarelessHandChangesIsShownAndMendedAndNothingElse()
    {
        await using Installation installation = await InstallAsync(tls: false);
        Assert.NotEmpty(backend.Drifts);
        foreach (Drift drift in backend.Drifts)
        {
            TestContext.Current.TestOutputHelper?.WriteLine(drift.What);
            string[] mend = [.. drift.Mend.Select(each => each.Replace("@", installation.Name, StringComparison.Ordinal))];
            await drift.MakeAsync(installation);
            Assert.Equal(mend, (await installation.ChangesAsync(mend.Length == 0 ? 0 : 3, "plan")).Distinct());
            Assert.Equal(mend, (await installation.DeployAsync()).Distinct());
            Assert.Empty(await installation.ChangesAsync(0, "plan"));
        }

        await AssertHealthyInEachStageAsync(installation);
    }

    [Fact]
    public virtual async Task HealthIsRedWhileANodeCrashesAndGreenOnceItIsMended()
    {
        await using Installation installation = await InstallAsync(tls: false);
        await using (await backend.CrashAsync(installation, backend.Services[0], site.Hosts[^1]))
        {
            Assert.Contains(backend.Services[0], await UnhealthyAsync(installation));
        }

        await backend.MendAsync(installation);
        await AssertHealthyInEachStageAsync(installation);
    }

    [Fact]
    public virtual async Task ALoginThatIsMissingWrongOrAnotherServicesIsRefused()
    {
        await using Installation installation = await InstallAsync(tls: false);
        foreach (string service in backend.Services)
        {
            TransportUrl url = await installation.UrlAsync(service);
            TransportHost login = url.Hosts[0];
            Assert.Null(await RefusalAsync(url));
            await AssertRefusedAsync(backend.WithLogin(url, null, null));
            await AssertRefusedAsync(backend.WithLogin(url, login.Username, "not-" + login.Password));
            await AssertRefusedAsync(backend.WithLogin(url, "not-" + login.Username, login.Password));
            foreach (string other in backend.Services.Where(other => other != service))
            {
                TransportHost others = (await installation.UrlAsync(other)).Hosts[0];
                await AssertRefusedAsync(backend.WithLogin(url, others.Username, others.Password));
            }
        }
    }

    [Fact]
    public virtual async Task ATlsPortRefusesPlaintextAndTlsBelow12()
    {
        await using Installation installation = await InstallAsync(tls: true);
        foreach (string service in backend.Services)
        {
            TransportUrl url = await installation.UrlAsync(service);
            Assert.NotNull(await RefusalAsync(backend.Plaintext(url)));
            foreach (TransportHost host in url.Hosts)
            {
                Assert.Contains("Verification", await GreetAsync(host, "-tls1_2"), StringComparison.Ordinal);
                foreach (string old in new[] { "-tls1", "-tls1_1" })
                {
                    // The refusal must be the other end's own: an alert that came in.
                    Assert.Matches("alert (protocol version|handshake failure)", await GreetAsync(host, old, "-cipher", "ALL:@SECLEVEL=0"));
                }
            }
        }
    }

    [Fact]
    public virtual async Task ANewPasswordAndANewCertificateReachIt()
    {
        await using Installation installation = await InstallAsync(tls: true);
        foreach (string service in backend.Services)
        {
            TransportUrl before = await installation.UrlAsync(service);
            await backend.ChangePasswordAsync(installation, service);
            TransportUrl after = await installation.UrlAsync(service);
            Assert.NotEqual(before.Hosts[0].Password, after.Hosts[0].Password);
            await AssertHealthyInEachStageAsync(installation);

            string[] old = await Task.WhenAll(after.Hosts.Select(SerialAsync));
            await backend.RenewCertificatesAsync(installation, service);
            string[] renewed = await Task.WhenAll(after.Hosts.Select(SerialAsync));
            Assert.All(old.Zip(renewed), pair => Assert.NotEqual(pair.First, pair.Second));
            await AssertHealthyInEachStageAsync(installation);
            Assert.Empty(await installation.ChangesAsync(0, "plan"));
        }
    }

    [Fact]
    public virtual async Task KilledInTheMiddleOfADeployItConverges()
    {
        await using Installation installation = new(site, backend.Environments);
        await backend.PrepareAsync(installation, tls: false);
        foreach (string moment in backend.Moments)
        {
            await KillAtAsync(installation, moment);
        }

        await installation.DeployAsync();
        await AssertHealthyInEachStageAsync(installation);
        Assert.Empty(await installation.ChangesAsync(0, "plan"));
    }

    [Fact]
    public virtual async Task DownLeavesNothing()
    {
        await using Installation installation = await InstallAsync(tls: true);
        int[] used = [.. Ports(installation)];
        string ports = string.Join('|', used.Append(0).Select(port => $":{port} "));
        string look =
            $"find /etc /var /run /usr/local /root /home /opt /srv -xdev -name '*{installation.Name}*' 2>/dev/null | sort; "
            + $"grep -h '{installation.Name}' /etc/passwd /etc/group; ps -eo user:64,args | grep '{installation.Name}' | grep -v grep; ss -Hltn | grep -E '{ports}'; true";
        string[] deployed = await site.EverywhereAsync(look);

        (await installation.RunAsync("down")).With(0);

        // A look that finds nothing of what was there would say nothing now.
        Assert.All(deployed, text => Assert.Equal(used.Length > 0, text.Length > 0));
        Assert.All(await site.EverywhereAsync(look), text => Assert.Equal("", text));
        Assert.False(Path.Exists(installation.Directory));
        Assert.Equal(0, (await installation.JsonAsync(0, "down"))["changed"]!.GetValue<int>());
    }

    /// <summary>A deployment of the backend that is up and verified.</summary>
    protected async Task<Installation> InstallAsync(bool tls)
    {
        Installation installation = new(site, tls ? [.. backend.Environments, backend.TlsEnvironment] : backend.Environments);
        try
        {
            await backend.PrepareAsync(installation, tls);
            await installation.DeployAsync();
            return installation;
        }
        catch
        {
            await installation.DisposeAsync();
            throw;
        }
    }

    // Of each service real traffic went through each host.
    private async Task AssertHealthyInEachStageAsync(Installation installation)
    {
        JsonNode report = await installation.JsonAsync(0, "health");
        Assert.True(report["healthy"]!.GetValue<bool>());
        foreach (string service in backend.Services)
        {
            JsonArray checks = report["services"]!.AsArray().Single(each => each!["service"]!.GetValue<string>() == service)!["checks"]!.AsArray();
            int endpoints = (await installation.UrlAsync(service)).Hosts.Length;
            Assert.Equal(endpoints, checks.Count(check => check!["name"]!.GetValue<string>() is "call" or "notification" && check["status"]!.GetValue<string>() == "ok"));
        }
    }

    private static async Task<IReadOnlyList<string>> UnhealthyAsync(Installation installation) =>
    [
        .. (await installation.JsonAsync(4, "health"))["services"]!.AsArray()
            .Where(service => service!["checks"]!.AsArray().Any(check => check!["status"]!.GetValue<string>() == "failed"))
            .Select(service => service!["service"]!.GetValue<string>()),
    ];

    // Which processes run for a deployment, and since when: what is not restarted has the same.
    private static Task<string[]> RunningAsync(Installation installation) => installation.Site.EverywhereAsync(
        $"for pid in $(cat /run/twinbus/{installation.Name}-*/pid 2>/dev/null); do echo $pid $(cut -d' ' -f22 /proc/$pid/stat); done");

    private async Task<MessagingException?> RefusalAsync(TransportUrl url)
    {
        await using Transport transport = Transport.Create(url, new TransportOptions { Drivers = backend.Drivers });
        using CancellationTokenSource limit = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        limit.CancelAfter(LoginTimeout);
        try
        {
            await transport.ConnectAsync(limit.Token);
            return null;
        }
        catch (MessagingException refusal)
        {
            return refusal;
        }
    }

    private async Task AssertRefusedAsync(TransportUrl url)
    {
        MessagingException? refusal = await RefusalAsync(url);
        Assert.True(refusal?.Reason is MessagingErrorReason.AccessRefused or MessagingErrorReason.VirtualHostRefused, $"{url}: {refusal?.Message ?? "let in"}");
    }

    private static Task<string> GreetAsync(TransportHost host, params string[] options) => new ThisMachine().InsideAsync(
        "localhost", $"timeout 20 openssl s_client -connect {host.Endpoint} {string.Join(' ', options)} </dev/null 2>&1 || true");

    private static async Task<string> SerialAsync(TransportHost host) =>
        await new ThisMachine().InsideAsync("localhost", $"timeout 20 openssl s_client -connect {host.Endpoint} </dev/null 2>/dev/null | openssl x509 -noout -serial");

    private async Task KillAtAsync(Installation installation, string moment)
    {
        using Process deploy = TwinbusProcess.Start(site.Program, installation.Words("deploy", "--format", "json"));
        deploy.StandardInput.Close();
        Task<string> error = deploy.StandardError.ReadToEndAsync(Cancellation);
        string? line;
        do
        {
            line = await deploy.StandardOutput.ReadLineAsync(Cancellation);
        }
        while (line?.Contains(moment, StringComparison.Ordinal) == false);
        bool reached = line is not null;
        deploy.Kill();
        await deploy.WaitForExitAsync(Cancellation);
        Assert.True(reached, $"the deploy ended before {moment}: {await error}");
    }

    private static IEnumerable<int> Ports(Installation installation) =>
        JsonNode.Parse(File.ReadAllText(Path.Combine(installation.Directory, "deployment.json")))!["model"]!["instances"]!.AsArray()
            .SelectMany(instance => instance!["ports"]!.AsObject().Select(port => port.Value!.GetValue<int>()));
}

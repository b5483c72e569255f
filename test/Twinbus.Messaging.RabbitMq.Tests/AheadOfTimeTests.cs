using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Twinbus.Testing;
using Twinbus.Testing.RabbitMq;
using Xunit;

namespace Twinbus.Messaging.RabbitMq.Tests;

/// <summary>The library in a program that is compiled ahead of time: no reflection is left to do what the compiler took away.</summary>
[Trait("Needs", "Broker")]
public sealed class AheadOfTimeTests(RabbitMqTransportFixture fixture) : IClassFixture<RabbitMqTransportFixture>
{
    // A compiler and a linker on a machine that may be busy.
    private static CancellationToken Timeout => new CancellationTokenSource(TimeSpan.FromMinutes(15)).Token;

    [Fact]
    public async Task ProgramThatCallsAndNotifiesIsCompiledWithoutWarningsAndRuns()
    {
        Assert.SkipUnless(File.Exists("/usr/bin/clang"), "clang is not installed: nothing can be compiled ahead of time");
        RabbitMqVirtualHost host = await fixture.VirtualHostAsync();
        using TemporaryDirectory directory = new();

        string compiled = await PeerProgram.RunAsync(Publish(directory), null, Timeout);
        Assert.DoesNotMatch("warning|IL[23][0-9]{3}", compiled);

        string said = await PeerProgram.RunAsync(directory["out", "Twinbus.Messaging.Peer"], host.TransportUrl, Timeout);
        Assert.Equal("2 + 3 = 5\nfailed with ValueError\nheard compute.create AddArguments { A = 4, B = 5 }\n", said);
    }

    // Into a directory of its own: the build that runs this test goes on being what it was.
    private static ProcessStartInfo Publish(TemporaryDirectory directory, [CallerFilePath] string source = "") => new(
        "dotnet",
        [
            "publish", Path.Combine(Path.GetDirectoryName(source)!, "..", "Twinbus.Messaging.Peer"), "-c", "Release",
            "-r", RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? "linux-arm64" : "linux-x64",
            "-p:PublishAot=true", "-p:StripSymbols=true", "-p:RunAnalyzers=false", $"-p:ArtifactsPath={directory["artifacts"]}",
            "-p:TrimmerSingleWarn=false", "-o", directory["out"], "-v", "minimal", "-nologo", "-nodeReuse:false",
        ]);
}

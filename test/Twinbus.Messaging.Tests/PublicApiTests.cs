using PublicApiGenerator;
using Twinbus.Testing;
using Xunit;

namespace Twinbus.Messaging.Tests;

/// <summary>What others may depend on. A difference is a decision: accept it with TWINBUS_ACCEPT_GOLDEN=1 and say so.</summary>
public sealed class PublicApiTests
{
    private static readonly ApiGeneratorOptions Options = new() { IncludeAssemblyAttributes = false };

    [Fact]
    public void PublicApiOfTheLibraryIsWhatItWas() =>
        GoldenFile.Matches(typeof(Transport).Assembly.GeneratePublicApi(Options) + "\n", "Twinbus.Messaging.txt");

    [Fact]
    public void PublicApiOfTheRabbitDriverIsWhatItWas() =>
        GoldenFile.Matches(typeof(RabbitMq.RabbitMqDriver).Assembly.GeneratePublicApi(Options) + "\n", "Twinbus.Messaging.RabbitMq.txt");

    [Fact]
    public void PublicApiOfHostingIsWhatItWas() => GoldenFile.Matches(
        typeof(Hosting.MessagingServiceCollectionExtensions).Assembly.GeneratePublicApi(Options) + "\n", "Twinbus.Messaging.Hosting.txt");
}

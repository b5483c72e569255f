using BenchmarkDotNet.Attributes;

namespace Twinbus.Messaging.Benchmarks;

/// <summary>One call and one notification of 1 KiB over the bus in memory: time and allocation of both ends together.</summary>
[MemoryDiagnoser]
public class BusBenchmarks
{
    private InMemoryBus? bus;

    [GlobalSetup]
    public async Task OpenAsync() => bus = await InMemoryBus.OpenAsync();

    [GlobalCleanup]
    public async Task CloseAsync() => await bus!.DisposeAsync();

    [Benchmark]
    public async Task Call() => await bus!.CallAsync();

    [Benchmark]
    public async Task Notify() => await bus!.NotifyAsync();
}

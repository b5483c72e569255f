using System.Globalization;

namespace Twinbus.Messaging.Benchmarks;

/// <summary>Makes very many calls and looks at what stays: a library that keeps something of each call is found out.</summary>
internal static class Growth
{
    private const int Workers = 16;

    // Two megabytes: what the runtime itself moves about between two looks.
    private const long Allowed = 2 * 1024 * 1024;

    public static async Task<int> RunAsync(int calls)
    {
        await using InMemoryBus bus = await InMemoryBus.OpenAsync();
        await CallAsync(bus, calls / 10);
        long before = GC.GetTotalMemory(forceFullCollection: true);
        long allocated = GC.GetTotalAllocatedBytes(precise: true);
        await CallAsync(bus, calls);
        allocated = GC.GetTotalAllocatedBytes(precise: true) - allocated;
        long after = GC.GetTotalMemory(forceFullCollection: true);
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{calls:#,0} calls: {allocated / calls:#,0} bytes allocated for each, both ends; live before {before:#,0}, after {after:#,0}, grown by {after - before:#,0}"));
        return after - before <= Allowed ? 0 : 1;
    }

    private static Task CallAsync(InMemoryBus bus, int calls) => Task.WhenAll(Enumerable.Range(0, Workers).Select(_ => Task.Run(async () =>
    {
        for (int call = 0; call < calls / Workers; call++)
        {
            await bus.CallAsync();
        }
    })));
}

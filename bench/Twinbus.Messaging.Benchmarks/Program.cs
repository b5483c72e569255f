using BenchmarkDotNet.Running;
using Twinbus.Messaging.Benchmarks;

if (args is ["growth", .. string[] rest])
{
    return await Growth.RunAsync(rest is [string calls] ? int.Parse(calls) : 1_000_000);
}

BenchmarkSwitcher.FromAssembly(typeof(EnvelopeBenchmarks).Assembly).Run(args);
return 0;

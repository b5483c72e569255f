using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Running;
using Twinbus.Messaging.Benchmarks;

if (args is ["growth", .. string[] rest])
{
    return await Growth.RunAsync(rest is [string calls] ? int.Parse(calls) : 1_000_000);
}

// A busy machine takes longer than the default two minutes to build what is measured.
IConfig config = ManualConfig.Create(DefaultConfig.Instance).WithBuildTimeout(TimeSpan.FromMinutes(10));
BenchmarkSwitcher.FromAssembly(typeof(EnvelopeBenchmarks).Assembly).Run(args, config);
return 0;

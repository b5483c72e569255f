using Xunit.Sdk;
using Xunit.v3;

// They share one machine: its ports, its users, its package manager.
[assembly: Parallelization(Mode = ParallelMode.None)]

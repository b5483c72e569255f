using Xunit.Sdk;
using Xunit.v3;

// Each of them boots hosts and loads the machine; two at once would only make each other slow.
[assembly: Parallelization(Mode = ParallelMode.None)]

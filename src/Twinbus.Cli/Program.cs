using Twinbus.Cli;
using Twinbus.Cli.Invocation;

using Interruption interruption = new(Console.Error);
return (int)await Application.RunAsync(args, Surroundings.OfThisProcess(), interruption.Token).ConfigureAwait(false);

using Twinbus.Cli;
using Twinbus.Cli.Invocation;

Surroundings surroundings = Surroundings.OfThisProcess();
using Interruption interruption = new(surroundings.Terminal.Tell);
return (int)await Application.RunAsync(args, surroundings, interruption.Token).ConfigureAwait(false);

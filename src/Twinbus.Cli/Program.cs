using Twinbus.Cli;
using Twinbus.Cli.Invocation;

ProcessEnvironment environment = ProcessEnvironment.OfThisProcess();
using Interruption interruption = new(environment.Terminal.Tell);
return (int)await Application.RunAsync(args, environment, interruption.Token).ConfigureAwait(false);

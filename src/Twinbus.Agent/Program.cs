using Twinbus.Hosts.Agent;
using Twinbus.Hosts.Converging;
using Twinbus.Hosts.Kinds;
using Twinbus.Hosts.RabbitMq;

// What the agent knows; a plan of a Twinbus that knows more is refused by name of the kind.
ResourceKinds kinds = new ResourceKinds()
    .AddBuiltIn()
    .AddRabbitMq();

return await AgentProgram.RunAsync(kinds, Console.OpenStandardInput(), Console.OpenStandardOutput(), TimeProvider.System).ConfigureAwait(false);

using Twinbus.Hosts.Running;

return await AgentProgram.RunAsync(Console.OpenStandardInput(), Console.OpenStandardOutput(), TimeProvider.System).ConfigureAwait(false);

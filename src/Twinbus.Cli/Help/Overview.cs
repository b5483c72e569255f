using Twinbus.Cli.Output;

namespace Twinbus.Cli.Help;

/// <summary><c>twinbus</c> alone: where to begin.</summary>
internal static class Overview
{
    public static int Write(Terminal terminal)
    {
        Style style = terminal.OutputStyle;
        terminal.Output.Write($"""
            {style.Strong("twinbus")} deploys and runs the messaging of a cloud whose services speak oslo.messaging:
            an RPC messaging service and a Notification messaging service, kept apart.

              twinbus up              deploy the default environment on this machine and verify it
              twinbus plan            show what a deploy would change, without changing anything
              twinbus deploy -e FILE  deploy what environment files describe
              twinbus validate        check environment files; touches no host
              twinbus health          check each service: is a call answered, does a notification arrive?
              twinbus show urls       transport URLs for clients; show paths: where logs and configuration are
              twinbus rpc, notify     use a bus by hand
              twinbus down            remove everything that was deployed

            Every command has --help, with examples. Start with: twinbus up

            """);
        return (int)ExitCode.Done;
    }
}

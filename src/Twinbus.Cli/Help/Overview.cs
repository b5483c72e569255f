using Twinbus.Cli.Rendering;

namespace Twinbus.Cli.Help;

/// <summary><c>twinbus</c> alone: where to begin.</summary>
internal static class Overview
{
    public static int Write(Terminal terminal)
    {
        Style style = terminal.OutputStyle;
        terminal.Output.Write($"""
            {style.Strong("twinbus")} deploys and runs the messaging tier of a cloud whose services speak oslo.messaging:
            an RPC messaging service and a Notification messaging service, kept apart.

              twinbus up              deploy the default tier on this machine and prove it
              twinbus plan            say what a deploy would change, and change nothing
              twinbus deploy -e FILE  deploy what environment files describe
              twinbus validate        check environment files only
              twinbus health          is a call answered, does a notification arrive?
              twinbus show urls       transport URLs for clients; show paths: where logs and configuration are
              twinbus rpc, notify     talk on a bus by hand
              twinbus down            remove all that was made

            Each takes --help, with examples. Begin with: twinbus up

            """);
        return (int)ExitCode.Done;
    }
}

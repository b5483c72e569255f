namespace Twinbus.Backends.Conformance;

/// <summary>A node whose process is killed each time that it is started again.</summary>
internal sealed class CrashingNode : IAsyncDisposable
{
    private readonly Task killing;

    private CrashingNode(Site site, string host, string pidFile)
    {
        // What it prints is how often it killed; the loop ends by itself should nobody end it.
        string script = $"for i in $(seq 600); do [ ! -e {pidFile}.spared ] || break; kill -9 $(cat {pidFile}) 2>/dev/null; sleep 0.2; done; rm -f {pidFile}.spared";
        killing = site.InsideAsync(host, script);
        Spare = () => site.InsideAsync(host, $"touch {pidFile}.spared");
    }

    private Func<Task> Spare { get; }

    public static async Task<IAsyncDisposable> StartAsync(Installation installation, string service, string host)
    {
        string pidFile = (await installation.PathsAsync(service))["pid"]!.GetValue<string>();
        string killed = (await installation.Site.InsideAsync(host, $"cat {pidFile}")).Trim();
        CrashingNode node = new(installation.Site, host, pidFile);
        await installation.Site.InsideAsync(host, $"for i in $(seq 100); do kill -0 {killed} 2>/dev/null || exit 0; sleep 0.1; done; exit 1");
        return node;
    }

    public async ValueTask DisposeAsync()
    {
        await Spare();
        await killing;
    }
}

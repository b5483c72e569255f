using System.Text.Json;
using System.Text.Json.Nodes;

namespace Twinbus.Messaging.Load.Contestants;

/// <summary>The real oslo.messaging: a server process and a client process with a thread for each worker.</summary>
internal sealed class PythonLoad : IRpcContestant, INotificationContestant
{
    // Debian's interpreter by its path: only that one has python3-oslo.messaging.
    private const string Interpreter = "/usr/bin/python3";

    // It waits for each confirm, so threads are its only way to have more than one in flight; more than 8 make it slower.
    private const int NotifierThreads = 8;

    private readonly LineProcess server;
    private readonly LineProcess client;

    private PythonLoad(LineProcess server, LineProcess client)
    {
        this.server = server;
        this.client = client;
    }

    public static async Task<PythonLoad> StartAsync(string urlFile, string textFile)
    {
        string script = Path.Combine(AppContext.BaseDirectory, "Python", "load.py");
        LineProcess server = await LineProcess.StartAsync(Interpreter, script, "serve", urlFile);
        LineProcess client = await LineProcess.StartAsync(Interpreter, script, "load", urlFile, textFile);
        return new PythonLoad(server, client);
    }

    public Task<Measurement> CallAsync(int outstanding, TimeSpan duration) => RunAsync("rpc", outstanding, duration);

    public Task<Measurement> NotifyAsync(TimeSpan duration) => RunAsync("notify", NotifierThreads, duration);

    public async ValueTask DisposeAsync()
    {
        await client.DisposeAsync();
        await server.DisposeAsync();
    }

    private async Task<Measurement> RunAsync(string kind, int workers, TimeSpan duration)
    {
        JsonObject order = new() { ["kind"] = kind, ["workers"] = workers, ["seconds"] = duration.TotalSeconds };
        using JsonDocument answer = JsonDocument.Parse(await client.AskAsync(order.ToJsonString()));
        return new Measurement(
            answer.RootElement.GetProperty("per_second").GetDouble(),
            answer.RootElement.GetProperty("p50").GetDouble(),
            answer.RootElement.GetProperty("p99").GetDouble());
    }
}

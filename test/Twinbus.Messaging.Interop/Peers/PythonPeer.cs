using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using System.Threading.Channels;
using Twinbus.Testing;

namespace Twinbus.Messaging.Interop.Peers;

/// <summary>
/// A Python process with the real oslo.messaging in it (Python/peer.py). One process serves many tests: each command
/// names the bus that it is about.
/// </summary>
public sealed class PythonPeer : IAsyncDisposable
{
    // Debian's interpreter by its path: only that one has python3-oslo.messaging.
    private const string Interpreter = "/usr/bin/python3";
    private readonly TemporaryDirectory directory = new();
    private readonly ConcurrentDictionary<int, TaskCompletionSource<JsonNode?>> waiting = new();
    private readonly ConcurrentDictionary<ChannelWriter<JsonObject>, Func<JsonObject, bool>> subscribers = new();
    private readonly SemaphoreSlim writing = new(1);
    private readonly Process process;
    private readonly Task reading;
    private int lastId;

    public PythonPeer()
    {
        // Tracebacks name the files, and go into golden files: a temporary path says nothing about this machine.
        foreach (string script in Directory.EnumerateFiles(Path.Combine(AppContext.BaseDirectory, "Python"), "*.py"))
        {
            File.Copy(script, directory[Path.GetFileName(script)]);
        }

        ProcessStartInfo start = new("/bin/sh")
        {
            ArgumentList =
            {
                "-c", "exec \"$0\" -u \"$1\" 2>>\"$2\"",
                Interpreter, directory["peer.py"], LogFile,
            },
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        start.Environment.Clear();
        start.Environment["PATH"] = "/usr/bin:/bin";
        start.Environment["LANG"] = "C.UTF-8";
        start.Environment["PYTHONDONTWRITEBYTECODE"] = "1";
        process = Process.Start(start)!;
        reading = ReadAsync();
    }

    private string LogFile => directory["peer.log"];

    /// <summary>Has the peer do something and returns what came of it.</summary>
    /// <exception cref="PythonException">It raised; the exception has the Python type and its arguments.</exception>
    public async Task<JsonNode?> DoAsync(string command, JsonObject arguments, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(arguments);
        int id = Interlocked.Increment(ref lastId);
        TaskCompletionSource<JsonNode?> answer = waiting[id] = new(TaskCreationOptions.RunContinuationsAsynchronously);
        JsonObject line = new() { ["id"] = id, ["do"] = command };
        foreach ((string name, JsonNode? value) in arguments)
        {
            line[name] = value?.DeepClone();
        }

        await writing.WaitAsync(cancellationToken);
        try
        {
            await process.StandardInput.WriteLineAsync(line.ToJsonString().AsMemory(), cancellationToken);
            await process.StandardInput.FlushAsync(cancellationToken);
        }
        finally
        {
            writing.Release();
        }

        return await answer.Task.WaitAsync(TimeSpan.FromSeconds(90), cancellationToken);
    }

    /// <summary>From now on, the events for which <paramref name="wanted"/> is true, in the order in which they happen.</summary>
    public ChannelReader<JsonObject> Events(Func<JsonObject, bool> wanted)
    {
        Channel<JsonObject> channel = Channel.CreateUnbounded<JsonObject>();
        subscribers[channel.Writer] = wanted;
        return channel.Reader;
    }

    public async ValueTask DisposeAsync()
    {
        process.StandardInput.Close();
        await process.WaitForExitAsync();
        await reading;
        process.Dispose();
        writing.Dispose();
        directory.Dispose();
    }

    private async Task ReadAsync()
    {
        while (await process.StandardOutput.ReadLineAsync() is { } line)
        {
            JsonObject message = JsonNode.Parse(line)!.AsObject();
            if (message["event"] is not null)
            {
                foreach ((ChannelWriter<JsonObject> subscriber, Func<JsonObject, bool> wanted) in subscribers)
                {
                    if (wanted(message))
                    {
                        subscriber.TryWrite(message);
                    }
                }
            }
            else if (waiting.TryRemove(message["id"]!.GetValue<int>(), out TaskCompletionSource<JsonNode?>? answer))
            {
                Settle(answer, message);
            }
        }

        foreach (TaskCompletionSource<JsonNode?> answer in waiting.Values)
        {
            string log = await File.ReadAllTextAsync(LogFile);
            answer.TrySetException(new InvalidOperationException(
                string.Create(CultureInfo.InvariantCulture, $"The Python peer ended. It wrote:\n{log}")));
        }
    }

    private static void Settle(TaskCompletionSource<JsonNode?> answer, JsonObject message)
    {
        if (message["error"] is JsonObject error)
        {
            answer.SetException(new PythonException(error));
        }
        else
        {
            answer.SetResult(message["result"]?.DeepClone());
        }
    }
}

using System.Diagnostics;
using Twinbus.Testing;

namespace Twinbus.Soak;

/// <summary>
/// Asks the nodes of a cluster from this machine, by one Erlang that is started once: a rabbitmqctl for each question takes seconds
/// of a processor, and on a machine at work longer than the answer is of use.
/// </summary>
/// <param name="service">Whose cluster.</param>
/// <param name="portMapper">Port of the cluster's port mapper (epmd).</param>
/// <param name="address">Address of a host.</param>
/// <param name="cookie">Reads what lets it in.</param>
internal sealed class ErlangProbe(string service, int portMapper, Func<string, string> address, Func<Task<string>> cookie) : IAsyncDisposable
{
    // A line in: the node, a space and an expression. A line out: what it came to, or "error" and why. A connection for each question, since
    // one that a cut has broken would be in the way of the next.
    private const string Loop = """
        Ask = fun(Node, Text) ->
                  {ok, Tokens, _} = erl_scan:string(Text),
                  {ok, Parsed} = erl_parse:parse_exprs(Tokens),
                  Answer = rpc:call(Node, erl_eval, exprs, [Parsed, []], 20000),
                  erlang:disconnect_node(Node),
                  case Answer of {value, Value, _} -> io:format("~0p~n", [Value]); Failed -> io:format("error ~0p~n", [Failed]) end
              end,
        Loop = fun Next() ->
                   case io:get_line("") of
                       Line when is_list(Line) -> [Node, Text] = string:split(string:trim(Line), " "), Ask(list_to_atom(Node), Text), Next();
                       _ -> halt()
                   end
               end,
        Loop().
        """;

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(40);

    private readonly TemporaryDirectory home = new();
    private readonly SemaphoreSlim gate = new(1, 1);
    private Process? erlang;

    /// <summary>What an expression comes to on a host's node.</summary>
    /// <exception cref="InvalidOperationException">The node cannot be asked, or the expression failed.</exception>
    public async Task<string> AskAsync(string host, string expression, CancellationToken cancellationToken)
    {
        await gate.WaitAsync(cancellationToken);
        try
        {
            erlang ??= await StartAsync();
            await erlang.StandardInput.WriteLineAsync($"twinbus-{SoakSite.Deployment}-{service}@{host} {expression}");
            await erlang.StandardInput.FlushAsync(cancellationToken);
            var answer = await erlang.StandardOutput.ReadLineAsync(cancellationToken).AsTask().WaitAsync(Limit, cancellationToken);
            return answer is not null && !answer.StartsWith("error ", StringComparison.Ordinal)
                ? answer
                : throw new InvalidOperationException($"{service} on {host}: {answer ?? "the Erlang that asks has ended"}");
        }
        catch (Exception error) when (error is TimeoutException or IOException)
        {
            End();
            throw new InvalidOperationException($"{service} on {host}: no answer: {error.Message}", error);
        }
        finally
        {
            gate.Release();
        }
    }

    public ValueTask DisposeAsync()
    {
        End();
        home.Dispose();
        gate.Dispose();
        return ValueTask.CompletedTask;
    }

    private async Task<Process> StartAsync()
    {
        var key = home.Write(".erlang.cookie", await cookie());
        File.SetUnixFileMode(key, UnixFileMode.UserRead);
        var names = home.Write("inetrc", "{lookup, [file]}.\n" + string.Concat(SoakSite.Hosts.Select(host =>
            $"{{host, {{{address(host).Replace('.', ',')}}}, [\"{host}\"]}}.\n")));

        // Hidden, and nobody's to connect to: the cluster does not know it.
        var start = new ProcessStartInfo("erl",
        [
            "-noshell", "-hidden", "-dist_listen", "false", "-sname", $"probe{Environment.ProcessId}@localhost", "-kernel", "inetrc", $"\"{names}\"",
            "net_setuptime", "5", "-eval", Loop,
        ])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        (start.Environment["HOME"], start.Environment["ERL_EPMD_PORT"]) = (home.Path, $"{portMapper}");
        return Process.Start(start)!;
    }

    private void End()
    {
        if (erlang is { HasExited: false })
        {
            erlang.Kill(entireProcessTree: true);
        }

        erlang?.Dispose();
        erlang = null;
    }
}

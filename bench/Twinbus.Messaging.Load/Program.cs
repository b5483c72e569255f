using Twinbus.Messaging.Load;
using Twinbus.Messaging.Load.Contestants;

const string Usage = """
    usage: bench/messaging [--quick] [--format text|json]

      --quick         short runs, under 3 minutes in all; without it about 15 minutes
      --format json   the figures as JSON on standard output

    RPC calls at 1, 16 and 128 outstanding and pipelined notifications, 1 KiB each, on one private RabbitMQ: Twinbus, the
    same exchange written by hand on RabbitMQ.Client, the raw client without envelope and confirms, and the Python
    oslo.messaging. Figures are medians of repetitions that take turns. Needs rabbitmq-server and python3-oslo.messaging.
    example: bench/messaging --quick --format json
    """;

if (args is ["--serve", string contestant, string urlFile])
{
    string url = (await File.ReadAllTextAsync(urlFile)).Trim();
    await (contestant switch
    {
        "twinbus" => TwinbusRpc.ServeAsync(url),
        "by-hand" => ByHandRpc.ServeAsync(new Uri(url)),
        _ => RawRpc.ServeAsync(new Uri(url)),
    });
    Console.WriteLine("ready");
    await Console.In.ReadToEndAsync();
    return 0;
}

bool quick = false;
bool json = false;
for (int index = 0; index < args.Length; index++)
{
    switch (args[index])
    {
        case "--quick":
            quick = true;
            break;
        case "--format" when index + 1 < args.Length && args[index + 1] is "json" or "text":
            json = args[++index] == "json";
            break;
        case "-h" or "--help":
            Console.WriteLine(Usage);
            return 0;
        default:
            await Console.Error.WriteLineAsync($"bench/messaging: unknown argument: {args[index]}\n{Usage}");
            return 2;
    }
}

try
{
    Results results = await Tournament.RunAsync(quick ? Effort.Quick : Effort.Full, Console.Error);
    Console.Write(json ? results.ToJson() : results.ToText());
    return 0;
}
catch (InvalidOperationException exception)
{
    await Console.Error.WriteLineAsync($"bench/messaging: {exception.Message}");
    return 1;
}

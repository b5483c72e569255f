using System.Globalization;
using System.Text;

namespace Twinbus.Messaging.Conformance;

/// <summary>
/// Bodies as no library would write them: well-formed messages with something changed at random. One seed makes one sequence, so that
/// what failed can be sent again: <c>TWINBUS_SEED=n</c>.
/// </summary>
public sealed class OddMessages(int seed)
{
    private static readonly string[] Halves = ["\\ud800", "\\udfff", "\\udc00\\ud800", "a\\ud83dz"];
    private static readonly string[] Values =
    [
        "null", "true", "0", "-1", "1e999", "-0", "99999999999999999999999", "NaN", "-Infinity", "\"\"", "[]", "{}", "\"\\u0000\"", "\"\\ud800\"",
        "{\"\\ud800\":1}", "[[[[1]]]]", "{\"a\":1,\"a\":2}", "\"\\u202e\\u001b[2J\"", "2.0", "\"2.0\"", "100000000", "\"100000000\"", "-5",
    ];

    private readonly Random random = new(seed);

    /// <summary>The seed, from the environment where it says one.</summary>
    public static int Seed { get; } =
        int.TryParse(Environment.GetEnvironmentVariable("TWINBUS_SEED"), CultureInfo.InvariantCulture, out int given) ? given : Random.Shared.Next();

    /// <summary>How many to send: more in the full set, <c>TWINBUS_FULL=1</c>.</summary>
    public static int Count(int usual, int full) => Environment.GetEnvironmentVariable("TWINBUS_FULL") == "1" ? full : usual;

    /// <summary>Where the randomness comes from, for what goes with a body.</summary>
    public Random Random => random;

    /// <summary>The body of a request, a reply or a notification, changed.</summary>
    public byte[] Next(string replyQueue)
    {
        List<(string Name, string Value)> members = random.Next(3) switch
        {
            0 => Request(replyQueue),
            1 => Reply(),
            _ => Notification(),
        };
        for (int changes = random.Next(4); changes > 0; changes--)
        {
            Change(members);
        }

        string message = "{" + string.Join(',', members.Select(member => $"\"{member.Name}\":{member.Value}")) + "}";
        return Bytes(Wrapped(message));
    }

    private List<(string Name, string Value)> Request(string replyQueue)
    {
        List<(string, string)> members =
        [
            ("method", $"\"{Pick("echo", "throw", "json", "deep", "nobody", "_private", "", "typed")}\""), ("args", Pick("{}", "{\"a\":1}", "{\"n\":\"x\"}", "[1]", "null")),
            ("_unique_id", $"\"{Guid.NewGuid():N}\""), ("_context_user", "\"u\""),
        ];
        if (random.Next(2) == 0)
        {
            members.AddRange([("_msg_id", $"\"{Guid.NewGuid():N}\""), ("_reply_q", $"\"{replyQueue}\""), ("_timeout", Pick("null", "2", "4", "100000000", "\"9\""))]);
        }

        return members;
    }

    private List<(string Name, string Value)> Reply() =>
    [
        ("result", Pick(Values)), ("failure", Pick("null", "\"{}\"", "\"{\\\"class\\\":1}\"", "\"broken\"")), ("ending", Pick("true", "false", "1")),
        ("_msg_id", $"\"{Guid.NewGuid():N}\""), ("_unique_id", $"\"{Guid.NewGuid():N}\""),
    ];

    private List<(string Name, string Value)> Notification() =>
    [
        ("message_id", $"\"{Guid.NewGuid()}\""), ("publisher_id", "\"p\""), ("event_type", $"\"{Pick("e", "throw", "requeue", "slow.filter")}\""),
        ("priority", $"\"{Pick("INFO", "info", "ERROR", "LOUD")}\""), ("payload", Pick(Values)), ("timestamp", "\"2026-11-27 12:00:00\""), ("_context_user", "\"u\""),
    ];

    private void Change(List<(string Name, string Value)> members)
    {
        int at = random.Next(members.Count);
        (string name, string value) = members[at];
        switch (random.Next(10))
        {
            case 0:
                members[at] = (name, Pick(Values));
                break;
            case 1:
                members[at] = (name, $"\"{Pick(Halves)}\"");
                break;
            case 2:
                members.Add((Pick(Halves), value));
                break;
            case 3:
                members[at] = (name + Pick(Halves), value);
                break;
            case 4:
                members.Add((name, Pick(Values)));
                break;
            case 5:
                members.RemoveAt(at);
                members.Add(("_context_" + Pick(Halves), Pick(Values)));
                break;
            case 6:
                int depth = random.Next(300);
                members[at] = (name, new string('[', depth) + new string(']', depth));
                break;
            case 7:
                members[at] = (name, $"\"{new string('x', random.Next(5000))}\"");
                break;
            case 8:
                members.AddRange(Enumerable.Range(0, random.Next(1200)).Select(i => ($"_context_{i % 1100}", "1")));
                break;
            default:
                members[at] = (string.Concat(name.Select(letter => string.Create(CultureInfo.InvariantCulture, $"\\u{(int)letter:x4}"))), value);
                break;
        }
    }

    private string Wrapped(string message)
    {
        string text = message.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal);
        return random.Next(12) switch
        {
            0 => message,
            1 => $$"""{"oslo.version":"{{Pick(Halves)}}","oslo.message":"{{text}}"}""",
            2 => $$"""{"oslo.version":{{Pick(Values)}},"oslo.message":{{Pick(Values)}}}""",
            3 => $$"""{"oslo.version":"2.0","oslo.message":"{{text}}{{Pick(Halves)}}"}""",
            4 => $$"""{"{{Pick(Halves)}}":1,"oslo.version":"2.0","oslo.message":"{{text}}"}""",
            _ => $$"""{"oslo.version":"2.0","oslo.message":"{{text}}"}""",
        };
    }

    private byte[] Bytes(string body)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(body);
        switch (random.Next(12))
        {
            case 0 when bytes.Length > 0:
                return bytes[..random.Next(bytes.Length)];
            case 1 when bytes.Length > 0:
                bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
                return bytes;
            default:
                return bytes;
        }
    }

    private string Pick(params string[] among) => among[random.Next(among.Length)];
}

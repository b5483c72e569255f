using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Twinbus.Messaging.Load;

/// <summary>The medians of one level of outstanding calls, by contestant.</summary>
internal sealed record RpcResult(int Outstanding, IReadOnlyDictionary<string, Measurement> Contestants);

/// <summary>The medians of a whole tournament.</summary>
internal sealed record Results(IReadOnlyList<RpcResult> Rpc, IReadOnlyDictionary<string, Measurement> Notifications)
{
    private static readonly JsonSerializerOptions Layout = new() { WriteIndented = true };

    public string ToJson()
    {
        JsonObject results = new()
        {
            ["rpc"] = new JsonArray([.. Rpc.Select(ToJson)]),
            ["notify"] = new JsonObject(Rates(Notifications, "twinbus", "raw", "python")),
        };
        return results.ToJsonString(Layout) + "\n";
    }

    /// <summary>Ratios first: absolute figures are this machine's.</summary>
    public string ToText()
    {
        StringBuilder text = new();
        text.AppendLine("RPC (1 KiB there and back)   twinbus / by hand   p99 / by hand   twinbus / python   twinbus / raw");
        foreach (RpcResult result in Rpc)
        {
            text.AppendLine(CultureInfo.InvariantCulture,
                $"  {result.Outstanding,3} outstanding {Ratio(result, "by_hand"),29:0.00}x {P99Ratio(result),14:0.00}x {Ratio(result, "python"),17:0.0}x {Ratio(result, "raw"),14:0.00}x");
        }

        text.AppendLine(CultureInfo.InvariantCulture,
            $"notifications (window {Workload.NotificationWindow})   twinbus / raw {Ratio(Notifications, "raw"),6:0.00}x   twinbus / python {Ratio(Notifications, "python"),6:0.0}x");
        text.AppendLine().AppendLine("medians                      per second        p50 ms        p99 ms");
        foreach (RpcResult result in Rpc)
        {
            Append(text, $"rpc {result.Outstanding}", result.Contestants);
        }

        Append(text, "notify", Notifications);
        return text.ToString();
    }

    private static void Append(StringBuilder text, string what, IReadOnlyDictionary<string, Measurement> contestants)
    {
        foreach ((string name, Measurement median) in contestants)
        {
            text.AppendLine(CultureInfo.InvariantCulture,
                $"  {what,-8} {name,-10} {median.PerSecond,17:#,0} {median.P50,13:0.000} {median.P99,13:0.000}");
        }
    }

    private static JsonNode ToJson(RpcResult result)
    {
        JsonObject json = new() { ["outstanding"] = result.Outstanding };
        foreach ((string name, JsonNode? rate) in Rates(result.Contestants, "twinbus", "by_hand", "raw", "python"))
        {
            json[name] = rate;
        }

        json["p99_ratio"] = Math.Round(P99Ratio(result), 3);
        return json;
    }

    private static IEnumerable<KeyValuePair<string, JsonNode?>> Rates(IReadOnlyDictionary<string, Measurement> contestants, params string[] names) =>
        names.Select(name => KeyValuePair.Create(name, (JsonNode?)Math.Round(contestants[name].PerSecond, 1)));

    private static double Ratio(RpcResult result, string other) => Ratio(result.Contestants, other);

    private static double Ratio(IReadOnlyDictionary<string, Measurement> contestants, string other) =>
        contestants["twinbus"].PerSecond / contestants[other].PerSecond;

    private static double P99Ratio(RpcResult result) => result.Contestants["twinbus"].P99 / result.Contestants["by_hand"].P99;
}

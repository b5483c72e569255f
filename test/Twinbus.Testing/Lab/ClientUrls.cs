using System.Text.Json.Nodes;

namespace Twinbus.Testing.Lab;

/// <summary>Transport URLs as a client is configured with them, options and all.</summary>
/// <param name="Rpc">Of RPC.</param>
/// <param name="Notify">Of notifications.</param>
public sealed record ClientUrls(string Rpc, string Notify)
{
    /// <summary>The URLs in what <c>twinbus show config --format json --reveal</c> writes, with the group's options in their queries.</summary>
    public static ClientUrls Of(string configuration)
    {
        var options = JsonNode.Parse(configuration)!["options"]!.AsObject();
        var group = options["oslo_messaging_rabbit"]?.AsObject().Select(option => $"{option.Key}={Uri.EscapeDataString(option.Value!.GetValue<string>())}") ?? [];
        return new ClientUrls(With(options["DEFAULT"]!["transport_url"]!), With(options["oslo_messaging_notifications"]!["transport_url"]!));

        string With(JsonNode url)
        {
            var bare = url.GetValue<string>();
            return $"{bare}{(bare.Contains('?', StringComparison.Ordinal) ? '&' : '?')}{string.Join('&', group)}";
        }
    }

    /// <summary>Without any option: what somebody writes who has only the address.</summary>
    public ClientUrls Bare() => new(Rpc.Split('?')[0], Notify.Split('?')[0]);

    /// <summary>With the host of this address only.</summary>
    public ClientUrls Only(string address) => new(Only(Rpc, address), Only(Notify, address));

    private static string Only(string url, string address)
    {
        var begin = url.IndexOf("//", StringComparison.Ordinal) + 2;
        var end = url.IndexOf('/', begin);
        var one = url[begin..end].Split(',').Single(host => host.Contains($"@{address}:", StringComparison.Ordinal));
        return url[..begin] + one + url[end..];
    }
}

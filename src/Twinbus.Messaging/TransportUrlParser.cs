using System.Collections.Immutable;
using System.Globalization;
using System.Text;

namespace Twinbus.Messaging;

/// <summary>Reads the grammar of oslo.messaging's transport URLs, which differs from that of a web URL.</summary>
internal static class TransportUrlParser
{
    // Longer than any real failover list; a limit, so that garbage is refused and not read.
    private const int MaxLength = 64 * 1024;

    public static TransportUrl Parse(string text)
    {
        if (text.Length > MaxLength)
        {
            throw new TransportUrlException($"it is longer than {MaxLength} characters", 0);
        }

        int colon = text.IndexOf("://", StringComparison.Ordinal);
        if (colon <= 0)
        {
            throw new TransportUrlException("it has no scheme; write for example rabbit://user:password@host:5672/", 0);
        }

        string scheme = ReadScheme(text.AsSpan(0, colon));
        int start = colon + 3;
        int end = EndOf(text, start);
        int queryAt = text.AsSpan(start, end - start).IndexOf('?');
        int pathEnd = queryAt < 0 ? end : start + queryAt;
        int slash = text.AsSpan(start, pathEnd - start).IndexOf('/');
        int hostsEnd = slash < 0 ? pathEnd : start + slash;

        string? virtualHost = slash < 0 ? null : Unescape(text.AsSpan(hostsEnd + 1, pathEnd - hostsEnd - 1), hostsEnd + 1);
        var query = queryAt < 0
            ? ImmutableSortedDictionary<string, string>.Empty
            : ReadQuery(text.AsSpan(pathEnd + 1, end - pathEnd - 1), pathEnd + 1);
        return new TransportUrl(scheme, ReadHosts(text, start, hostsEnd), virtualHost, query);
    }

    // A fragment is dropped, as urlparse drops it: a '#' in a password must be percent-encoded.
    private static int EndOf(string text, int start)
    {
        int fragment = text.IndexOf('#', start);
        return fragment < 0 ? text.Length : fragment;
    }

    private static string ReadScheme(ReadOnlySpan<char> scheme)
    {
        for (int i = 0; i < scheme.Length; i++)
        {
            char c = scheme[i];
            bool allowed = char.IsAsciiLetter(c) || (i > 0 && (char.IsAsciiDigit(c) || c is '+' or '-' or '.'));
            if (!allowed)
            {
                throw new TransportUrlException("the scheme may hold letters, digits, '+', '-' and '.' only", i);
            }
        }

        return scheme.ToString().ToLowerInvariant();
    }

    private static ImmutableArray<TransportHost> ReadHosts(string text, int start, int end)
    {
        var hosts = ImmutableArray.CreateBuilder<TransportHost>();
        int at = start;
        while (at < end)
        {
            int comma = text.IndexOf(',', at, end - at);
            int itemEnd = comma < 0 ? end : comma;
            if (itemEnd > at)
            {
                hosts.Add(ReadHost(text.AsSpan(at, itemEnd - at), at));
            }

            at = itemEnd + 1;
        }

        return hosts.ToImmutable();
    }

    public static TransportHost ReadHost(ReadOnlySpan<char> item, int position)
    {
        string? username = null;
        string? password = null;
        int at = item.LastIndexOf('@');
        if (at >= 0)
        {
            var credentials = item[..at];
            int colon = credentials.IndexOf(':');
            if (colon >= 0)
            {
                password = Unescape(credentials[(colon + 1)..], position + colon + 1);
                credentials = credentials[..colon];
            }

            username = Unescape(credentials, position);
        }

        var address = item[(at + 1)..];
        int addressAt = position + at + 1;
        ReadOnlySpan<char> port = default;
        int portAt = addressAt;
        if (address.Length > 0 && address[0] == '[')
        {
            int close = address.IndexOf(']');
            if (close < 0)
            {
                throw new TransportUrlException("the IPv6 address has no closing ']'", addressAt);
            }

            var rest = address[(close + 1)..];
            if (rest.Length > 0 && rest[0] != ':')
            {
                throw new TransportUrlException("only ':port' may follow the ']' of an IPv6 address", addressAt + close + 1);
            }

            port = rest.Length > 0 ? rest[1..] : default;
            portAt = addressAt + close + 2;
            address = address[1..close];
        }
        else if (address.IndexOf(':') is >= 0 and var colon)
        {
            port = address[(colon + 1)..];
            portAt = addressAt + colon + 1;
            address = address[..colon];
        }

        return new TransportHost
        {
            Host = address.Length == 0 ? null : address.ToString(),
            Port = ReadPort(port, portAt),
            Username = username,
            Password = password,
        };
    }

    private static int? ReadPort(ReadOnlySpan<char> port, int position)
    {
        if (port.Length == 0)
        {
            return null;
        }

        return int.TryParse(port, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number is > 0 and <= 65535
            ? number
            : throw new TransportUrlException(
                "the port is no number from 1 to 65535; a ':', '/', '#' or '?' in a password must be percent-encoded",
                position);
    }

    private static ImmutableSortedDictionary<string, string> ReadQuery(ReadOnlySpan<char> query, int position)
    {
        var options = ImmutableSortedDictionary.CreateBuilder<string, string>(StringComparer.Ordinal);
        foreach (Range range in query.Split('&'))
        {
            var pair = query[range];
            int equals = pair.IndexOf('=');

            // As parse_qs does: a name without a value says nothing.
            if (equals < 0 || equals == pair.Length - 1)
            {
                continue;
            }

            int at = position + range.Start.Value;
            string name = Unescape(pair[..equals].ToString().Replace('+', ' '), at);
            string value = Unescape(pair[(equals + 1)..].ToString().Replace('+', ' '), at + equals + 1);
            options[name] = options.TryGetValue(name, out string? first) ? $"{first},{value}" : value;
        }

        return options.ToImmutable();
    }

    // A '%' that starts no escape stays as it is, and '+' stays '+', as urllib's unquote has it.
    private static string Unescape(ReadOnlySpan<char> text, int position)
    {
        if (!text.Contains('%'))
        {
            return text.ToString();
        }

        byte[] bytes = new byte[Encoding.UTF8.GetMaxByteCount(text.Length)];
        int length = 0;
        for (int i = 0; i < text.Length; i++)
        {
            if (text[i] == '%' && i + 2 < text.Length
                && byte.TryParse(text.Slice(i + 1, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out byte value))
            {
                bytes[length++] = value;
                i += 2;
                continue;
            }

            int run = char.IsHighSurrogate(text[i]) && i + 1 < text.Length ? 2 : 1;
            length += Encoding.UTF8.GetBytes(text.Slice(i, run), bytes.AsSpan(length));
            i += run - 1;
        }

        try
        {
            return StrictUtf8.GetString(bytes, 0, length);
        }
        catch (DecoderFallbackException)
        {
            throw new TransportUrlException("a percent-encoded part is no UTF-8", position);
        }
    }

    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);
}

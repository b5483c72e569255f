using System.Globalization;

namespace Twinbus.Messaging.Rpc;

/// <summary>The version rule of oslo.messaging: same major, requested minor not above the implemented one.</summary>
internal static class RpcVersion
{
    /// <summary>Whether what implements (or caps at) <paramref name="implemented"/> can take <paramref name="requested"/>.</summary>
    /// <remarks>Implemented null takes everything; the revision counts only when the minors are equal.</remarks>
    public static bool IsCompatible(string? implemented, string? requested)
    {
        if (implemented is null)
        {
            return true;
        }

        if (requested is null
            || !TryParse(implemented, out int major, out int minor, out int revision)
            || !TryParse(requested, out int wantedMajor, out int wantedMinor, out int wantedRevision))
        {
            return false;
        }

        return wantedMajor == major
            && (wantedMinor < minor || (wantedMinor == minor && wantedRevision <= revision));
    }

    public static void Require(string? version, string what)
    {
        if (version is not null && !TryParse(version, out _, out _, out _))
        {
            throw new MessagingException(
                MessagingErrorReason.InvalidTarget,
                $"The {what} '{version}' is no version: write major.minor or major.minor.revision, whole numbers.");
        }
    }

    private static bool TryParse(string version, out int major, out int minor, out int revision)
    {
        minor = 0;
        revision = 0;
        ReadOnlySpan<char> text = version;
        Span<Range> parts = stackalloc Range[4];
        int count = text.Split(parts, '.');
        return Number(text[parts[0]], out major)
            && count >= 2 && Number(text[parts[1]], out minor)
            && (count < 3 || Number(text[parts[2]], out revision));
    }

    private static bool Number(ReadOnlySpan<char> text, out int value) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value);
}

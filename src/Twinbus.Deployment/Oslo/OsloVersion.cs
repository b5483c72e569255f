using System.Globalization;

namespace Twinbus.Deployment.Oslo;

/// <summary>A version of oslo.messaging, such as 14.0.3.</summary>
/// <param name="Major">First number.</param>
/// <param name="Minor">Second number.</param>
/// <param name="Patch">Third number.</param>
public readonly record struct OsloVersion(int Major, int Minor, int Patch) : IComparable<OsloVersion>
{
    /// <summary>Reads three numbers with points between them.</summary>
    public static bool TryParse(string text, out OsloVersion version)
    {
        ArgumentNullException.ThrowIfNull(text);
        version = default;
        string[] parts = text.Split('.');
        if (parts.Length != 3 || !Number(parts[0], out int major) || !Number(parts[1], out int minor) || !Number(parts[2], out int patch))
        {
            return false;
        }

        version = new OsloVersion(major, minor, patch);
        return true;
    }

    /// <inheritdoc/>
    public int CompareTo(OsloVersion other) => (Major, Minor, Patch).CompareTo((other.Major, other.Minor, other.Patch));

    /// <summary>Older.</summary>
    public static bool operator <(OsloVersion left, OsloVersion right) => left.CompareTo(right) < 0;

    /// <summary>Newer.</summary>
    public static bool operator >(OsloVersion left, OsloVersion right) => left.CompareTo(right) > 0;

    /// <summary>Older or the same.</summary>
    public static bool operator <=(OsloVersion left, OsloVersion right) => left.CompareTo(right) <= 0;

    /// <summary>Newer or the same.</summary>
    public static bool operator >=(OsloVersion left, OsloVersion right) => left.CompareTo(right) >= 0;

    /// <inheritdoc/>
    public override string ToString() => $"{Major}.{Minor}.{Patch}";

    private static bool Number(string text, out int number) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);
}

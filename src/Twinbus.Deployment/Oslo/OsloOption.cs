using System.Globalization;
using Twinbus.Messaging.Drivers;

namespace Twinbus.Deployment.Oslo;

/// <summary>An option that a release of oslo.messaging reads.</summary>
/// <param name="Group">Its group in an oslo.config file, such as <c>oslo_messaging_rabbit</c>.</param>
/// <param name="Name">Its name.</param>
/// <param name="Type"><c>bool</c>, <c>int</c>, <c>float</c>, <c>string</c>, <c>port</c>, <c>list</c>, <c>multi</c> (may be repeated) or <c>choice(A|B)</c>; a range stands behind, as in <c>int(1..)</c>.</param>
/// <param name="Default">Its default as text; null when it has none or one that is worked out on the host.</param>
public sealed record OsloOption(string Group, string Name, string Type, string? Default)
{
    /// <summary>What is wrong with a value, as a phrase; null when oslo.config takes it. Ranges are not looked at.</summary>
    internal string? Refuses(string value)
    {
        switch (Type.Split('(', 2))
        {
            case ["bool", ..]:
                try
                {
                    _ = UrlOptionValue.Flag(value);
                    return null;
                }
                catch (FormatException fault)
                {
                    return fault.Message;
                }

            case ["int" or "port", ..]:
                return long.TryParse(value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out _) ? null : "no whole number";
            case ["float", ..]:
                return double.TryParse(value, NumberStyles.Float, CultureInfo.InvariantCulture, out _) ? null : "no number";
            case ["choice", { } choices]:
                string[] allowed = choices.TrimEnd(')').Split('|');
                return allowed.Contains(value, StringComparer.Ordinal) ? null : $"none of {string.Join(", ", allowed)}";
            default:
                return null;
        }
    }
}

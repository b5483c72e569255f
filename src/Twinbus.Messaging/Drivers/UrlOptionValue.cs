using System.Globalization;

namespace Twinbus.Messaging.Drivers;

/// <summary>Values of a transport URL's options, read as oslo.config reads those of a file.</summary>
public static class UrlOptionValue
{
    /// <summary>A boolean: <c>true</c>, <c>1</c>, <c>on</c>, <c>yes</c> or <c>false</c>, <c>0</c>, <c>off</c>, <c>no</c>, in any case.</summary>
    /// <exception cref="FormatException">It is none of these; the message goes on after "which is".</exception>
    public static bool Flag(string value)
    {
        ArgumentNullException.ThrowIfNull(value);
        return value.ToLowerInvariant() switch
        {
            "true" or "1" or "on" or "yes" => true,
            "false" or "0" or "off" or "no" => false,
            _ => throw new FormatException("neither true (1, on, yes) nor false (0, off, no)"),
        };
    }

    /// <summary>A whole number that is not negative.</summary>
    /// <exception cref="FormatException">It is none; the message goes on after "which is".</exception>
    public static int Whole(string value) =>
        int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out int number)
            ? number
            : throw new FormatException("no whole number");

    /// <summary>A whole number from 0, or -1 for none.</summary>
    /// <exception cref="FormatException">It is neither; the message ends the sentence "which is ...".</exception>
    public static int WholeOrMinusOne(string value) => value == "-1" ? -1 : Whole(value);

    /// <summary>A time in seconds, with or without a fraction; below 1,000,000.</summary>
    /// <exception cref="FormatException">It is none; the message goes on after "which is".</exception>
    public static TimeSpan Seconds(string value) =>
        double.TryParse(value, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double number) && number < 1e6
            ? TimeSpan.FromSeconds(number)
            : throw new FormatException("no number of seconds");
}

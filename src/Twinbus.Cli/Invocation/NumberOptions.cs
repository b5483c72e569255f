using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;

namespace Twinbus.Cli.Invocation;

/// <summary>Options that take a number in a range.</summary>
internal static class NumberOptions
{
    /// <summary>A duration in seconds, fractions allowed.</summary>
    public static Option<TimeSpan> Seconds(string name, double standard, string description) => new(name)
    {
        Description = $"{description} Default: {standard.ToString(CultureInfo.InvariantCulture)}.",
        HelpName = "SECONDS",
        DefaultValueFactory = _ => TimeSpan.FromSeconds(standard),
        CustomParser = result => ReadSeconds(name, result) ?? default,
    };

    /// <summary>A duration in seconds, fractions allowed; null when it is not given.</summary>
    public static Option<TimeSpan?> Seconds(string name, string description) => new(name)
    {
        Description = description,
        HelpName = "SECONDS",
        CustomParser = result => ReadSeconds(name, result),
    };

    /// <summary>A whole number between two bounds.</summary>
    public static Option<int> Range(string name, int least, int most, int standard, string description) => new(name)
    {
        Description = $"{description} Default: {standard.ToString(CultureInfo.InvariantCulture)}.",
        HelpName = "N",
        DefaultValueFactory = _ => standard,
        CustomParser = result =>
        {
            string text = result.Tokens[^1].Value;
            if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number >= least && number <= most)
            {
                return number;
            }

            result.AddError($"{name} must be a whole number from {least} to {most}, not '{text}'.");
            return default;
        },
    };

    /// <summary>A count of 1 or more.</summary>
    public static Option<long?> Count(string name, string description) => new(name)
    {
        Description = description,
        HelpName = "N",
        CustomParser = result =>
        {
            string text = result.Tokens[^1].Value;
            if (long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long count) && count > 0)
            {
                return count;
            }

            result.AddError($"{name} must be a whole number of 1 or more, not '{text}'.");
            return null;
        },
    };

    private static TimeSpan? ReadSeconds(string name, ArgumentResult result)
    {
        string text = result.Tokens[^1].Value;
        if (double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double seconds) && seconds is > 0 and <= 86_400)
        {
            return TimeSpan.FromSeconds(seconds);
        }

        result.AddError($"{name} must be a number of seconds above 0 and at most 86400, such as 2.5; not '{text}'.");
        return null;
    }
}

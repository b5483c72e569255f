using System.Globalization;

namespace Twinbus.Hosts.Convergence;

/// <summary>apt's machine-readable status lines, such as <c>dlstatus:3:41.2:Retrieving ...</c>, in plain words.</summary>
internal static class AptProgress
{
    public static void Tell(string line, Action<string> tell)
    {
        var fields = line.Split(':', 4);
        if (fields.Length == 4 && double.TryParse(fields[2], CultureInfo.InvariantCulture, out var percent))
        {
            switch (fields[0])
            {
                case "dlstatus":
                    tell($"downloading, {percent:0} %");
                    break;
                case "pmstatus":
                    tell($"{fields[3]}, {percent:0} %");
                    break;
            }
        }
    }

    /// <summary>The output without the status lines, for an error.</summary>
    public static CommandResult WithoutStatus(CommandResult result)
    {
        var lines = result.Output.Split('\n').Where(line =>
            !line.StartsWith("dlstatus:", StringComparison.Ordinal) && !line.StartsWith("pmstatus:", StringComparison.Ordinal));
        return result with { Output = string.Join('\n', lines) };
    }
}

using System.Globalization;
using System.Text.RegularExpressions;

namespace Twinbus.Hosts.Kinds.Packages;

/// <summary>What apt-get prints, in fewer words. (Its machine-readable status would make its output lose lines.)</summary>
internal sealed partial class AptProgress(Action<string> tell)
{
    private int total;
    private int unpacked;
    private int installed;
    private int fetched;

    public void Read(string line)
    {
        if (Totals().Match(line) is { Success: true } totals)
        {
            total = int.Parse(totals.Groups[1].ValueSpan, CultureInfo.InvariantCulture)
                + int.Parse(totals.Groups[2].ValueSpan, CultureInfo.InvariantCulture);
        }
        else if (line.StartsWith("Get:", StringComparison.Ordinal))
        {
            Tell("downloading", ++fetched);
        }
        else if (line.StartsWith("Unpacking ", StringComparison.Ordinal))
        {
            Tell("unpacking", ++unpacked);
        }
        else if (line.StartsWith("Setting up ", StringComparison.Ordinal))
        {
            Tell("setting up", ++installed);
        }
        else if (line.StartsWith("Removing ", StringComparison.Ordinal))
        {
            tell("removing " + line.Split(' ')[1]);
        }
    }

    // Without a total, as while lists are read, how many there were says nothing.
    private void Tell(string what, int number) => tell(total == 0 ? what : $"{what} package {number} of {total}");

    [GeneratedRegex(@"^(\d+) upgraded, (\d+) newly installed")]
    private static partial Regex Totals();
}

using System.Globalization;
using System.Text.RegularExpressions;

namespace Twinbus.Deployment.Reading;

/// <summary>
/// Names of hosts in Ansible's short form: <c>node[01:12]</c> is node01 to node12, <c>node[a:c]</c> nodea to nodec,
/// <c>node[1:9:2]</c> every other one; there may be several ranges in a name.
/// </summary>
internal static partial class HostRange
{
    /// <summary>The names, made as they are asked for; a name without a range is its own. What is wrong is a problem.</summary>
    public static IEnumerable<string> Expand(ScalarNode name, ProblemList problems) => Expand(name, name.Text, problems);

    private static IEnumerable<string> Expand(ScalarNode name, string text, ProblemList problems)
    {
        Match range = Form().Match(text);
        if (!range.Success)
        {
            return [text];
        }

        (string from, string to) = (range.Groups["from"].Value, range.Groups["to"].Value);
        bool isNumber = char.IsAsciiDigit(from[0]);
        (int first, int last) = isNumber ? (Number(from), Number(to)) : (from[0], to[0]);
        int step = range.Groups["step"] is { Success: true } given ? Number(given.Value) : 1;
        if (last < first || step == 0)
        {
            problems.Add(name.Place, $"the range {from}:{to} of {name.Text}", step == 0 ? "its step is 0" : "it ends before it begins", "mend the range");
            return [];
        }

        string format = $"D{from.Length}";
        return Enumerable.Range(0, ((last - first) / step) + 1).Select(index => first + (index * step)).SelectMany(index => Expand(
            name,
            range.Groups["before"].Value + (isNumber ? index.ToString(format, CultureInfo.InvariantCulture) : ((char)index).ToString()) + range.Groups["after"].Value,
            problems));
    }

    private static int Number(string digits) => int.Parse(digits, NumberStyles.None, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"^(?<before>[^\[]*)\[(?:(?<from>[0-9]{1,6}):(?<to>[0-9]{1,6})|(?<from>[a-z]):(?<to>[a-z])|(?<from>[A-Z]):(?<to>[A-Z]))(?::(?<step>[0-9]{1,6}))?\](?<after>.*)$")]
    private static partial Regex Form();
}

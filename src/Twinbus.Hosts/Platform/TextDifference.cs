using System.Text;

namespace Twinbus.Hosts.Platform;

/// <summary>How much two texts differ, in a phrase.</summary>
internal static class TextDifference
{
    /// <summary>Such as <c>3 lines differ</c>; a changed line counts once, not as one gone and one new.</summary>
    /// <param name="found">What is there; null when it is too large to be read.</param>
    /// <param name="wanted">What shall be there.</param>
    public static string Describe(byte[]? found, string wanted)
    {
        if (found is null)
        {
            return "content differs";
        }

        var surplus = new Dictionary<string, int>(StringComparer.Ordinal);
        Count(Encoding.UTF8.GetString(found), +1);
        Count(wanted, -1);
        var gone = surplus.Values.Where(n => n > 0).Sum();
        var added = -surplus.Values.Where(n => n < 0).Sum();
        return Math.Max(gone, added) switch
        {
            0 => "order or ends of lines differ",
            1 => "1 line differs",
            var n => $"{n} lines differ",
        };

        void Count(string text, int step)
        {
            foreach (var line in text.TrimEnd('\n').Split('\n'))
            {
                surplus[line] = surplus.GetValueOrDefault(line) + step;
            }
        }
    }
}

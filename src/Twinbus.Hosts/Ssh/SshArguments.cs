using System.Collections.Immutable;
using System.Text;

namespace Twinbus.Hosts.Ssh;

/// <summary>Further arguments for the SSH client, as inventories have them (<c>ansible_ssh_common_args</c>): options only.</summary>
public static class SshArguments
{
    // Those that say how the host is reached. What would run or forward something, or name another host, is not among them.
    private static readonly ImmutableArray<string> WithValue = ["-o", "-J", "-F", "-i", "-b", "-c", "-m"];
    private static readonly ImmutableArray<string> Alone = ["-4", "-6", "-C", "-q", "-a", "-k", "-x"];

    /// <summary>The words of the text, in a shell's quoting. Null, with the reason, when one is not taken.</summary>
    /// <param name="text">Such as <c>-o ProxyJump=bastion -C</c>.</param>
    /// <param name="problem">Why they are not taken; empty when they are.</param>
    public static ImmutableArray<string>? Split(string text, out string problem)
    {
        ArgumentNullException.ThrowIfNull(text);
        problem = "";
        if (Words(text) is not { } words)
        {
            problem = "a quote in it is not closed";
            return null;
        }

        for (int i = 0; i < words.Count; i++)
        {
            string word = words[i];
            if (WithValue.Contains(word))
            {
                i++;
                problem = i < words.Count ? "" : $"{word} has no value";
            }
            else if (!Alone.Contains(word) && !(word.Length > 2 && WithValue.Contains(word[..2])))
            {
                problem = $"{word} is not among what is handed to the SSH client: {string.Join(", ", WithValue.Concat(Alone))}";
            }

            if (problem.Length > 0)
            {
                return null;
            }
        }

        return [.. words];
    }

    private static List<string>? Words(string text)
    {
        List<string> words = [];
        StringBuilder word = new();
        bool begun = false;
        char quote = '\0';
        for (int i = 0; i < text.Length; i++)
        {
            char c = text[i];
            if (c == '\\' && quote != '\'' && i + 1 < text.Length && (quote == '\0' || text[i + 1] is '"' or '\\'))
            {
                word.Append(text[++i]);
                begun = true;
            }
            else if (quote == '\0' ? c is '"' or '\'' : c == quote)
            {
                quote = quote == '\0' ? c : '\0';
                begun = true;
            }
            else if (quote != '\0' || !char.IsWhiteSpace(c))
            {
                word.Append(c);
                begun = true;
            }
            else if (begun)
            {
                words.Add(word.ToString());
                word.Clear();
                begun = false;
            }
        }

        if (begun)
        {
            words.Add(word.ToString());
        }

        return quote == '\0' ? words : null;
    }
}

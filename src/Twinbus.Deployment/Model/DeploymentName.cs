using System.Security.Cryptography;
using System.Text;

namespace Twinbus.Deployment.Model;

/// <summary>Names that follow from a deployment directory.</summary>
internal static class DeploymentName
{
    private const int Longest = 16;
    private const int LongestUser = 32;
    private const string UserPrefix = "twinbus-";

    /// <summary>The name of a deployment kept in <paramref name="directory"/>: the directory's name made safe.</summary>
    public static string Of(string directory)
    {
        string name = Path.GetFileName(Path.TrimEndingDirectorySeparator(directory)).ToLowerInvariant();
        string safe = new([.. name.Select(letter => char.IsAsciiLetterLower(letter) || char.IsAsciiDigit(letter) ? letter : '-')]);
        string trimmed = safe.Trim('-');
        string cut = (trimmed.Length > Longest ? trimmed[..Longest] : trimmed).TrimEnd('-');
        return cut.Length == 0 ? "deployment" : cut;
    }

    /// <summary>An instance's full name; one that is too long for a user's name ends in a few letters of its digest instead.</summary>
    public static string OfInstance(string deployment, string instance)
    {
        const int Digest = 4;
        string full = $"{deployment}-{instance}";
        int most = LongestUser - UserPrefix.Length;
        if (full.Length <= most)
        {
            return full;
        }

        string digest = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(full)))[..Digest];
        return $"{full[..(most - Digest - 1)].TrimEnd('-')}-{digest}";
    }
}

namespace Twinbus.Deployment.Secrets;

/// <summary>What secrets.json holds, in the clear.</summary>
internal sealed record KeptSecrets(string Format, int Version, SortedDictionary<string, string> Secrets)
{
    // A record would print what it holds.
    public override string ToString() => $"{Secrets.Count} secrets";
}

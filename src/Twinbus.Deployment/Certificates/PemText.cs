using System.Collections.Immutable;
using System.Security.Cryptography;

namespace Twinbus.Deployment.Certificates;

/// <summary>One block of a PEM file.</summary>
/// <param name="Label">What it says it is, such as <c>CERTIFICATE</c>.</param>
/// <param name="Text">The block from its first dash to the end of its last line.</param>
internal sealed record PemBlock(string Label, string Text)
{
    public bool IsCertificate => Label is "CERTIFICATE" or "X509 CERTIFICATE";

    public bool IsKey => Label is "PRIVATE KEY" or "EC PRIVATE KEY" or "RSA PRIVATE KEY";

    public bool IsEncryptedKey => Label == "ENCRYPTED PRIVATE KEY";

    // A record would print its text, which may be a key.
    public override string ToString() => Label;
}

/// <summary>What a PEM file holds, block by block; text around the blocks is skipped, as everybody does.</summary>
/// <param name="Certificates">Certificates, each as PEM, in order.</param>
/// <param name="Keys">Private keys that are not encrypted, each as PEM, in order.</param>
/// <param name="HasEncryptedKey">Whether there is a key that needs a passphrase.</param>
internal sealed record PemText(ImmutableArray<string> Certificates, ImmutableArray<string> Keys, bool HasEncryptedKey)
{
    public static PemText Parse(string text)
    {
        PemBlock[] blocks = [.. Blocks(text)];
        return new PemText(
            [.. blocks.Where(block => block.IsCertificate).Select(block => block.Text)],
            [.. blocks.Where(block => block.IsKey).Select(block => block.Text)],
            // The form before PKCS #8 says so in a header, which no reader of PEM blocks accepts.
            blocks.Any(block => block.IsEncryptedKey) || text.Contains("Proc-Type: 4,ENCRYPTED", StringComparison.Ordinal));
    }

    public static IEnumerable<PemBlock> Blocks(string text)
    {
        while (Next(text) is var (block, after))
        {
            yield return block;
            text = after;
        }
    }

    public override string ToString() => $"{Certificates.Length} certificates, {Keys.Length} keys";

    private static (PemBlock Block, string After)? Next(string text)
    {
        if (!PemEncoding.TryFind(text, out PemFields fields))
        {
            return null;
        }

        return (new PemBlock(text[fields.Label], text[fields.Location] + "\n"), text[fields.Location.End..]);
    }
}

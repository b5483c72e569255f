using System.Collections.Immutable;
using System.Text;
using Twinbus.Hosts;
using Twinbus.Hosts.Platform;

namespace Twinbus.Deployment.Certificates;

/// <summary>
/// The certificates that a deployment keeps: <c>certificates/INSTANCE/</c> in its directory. A certificate and its key are
/// one file, so that an interrupted run cannot leave half of a pair; all are for their owner only and written whole.
/// </summary>
public sealed class CertificateStore
{
    private const string Folder = "certificates";
    private const string AuthorityFile = "authority.pem";
    private const string TrustedFile = "trusted.pem";
    private const string ClientPair = "client.pem";
    private const string HostFolder = "hosts";
    private const string Extension = ".pem";
    private const UnixFileMode OwnerOnlyDirectory = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    private readonly string root;

    /// <summary>The certificates of the deployment in <paramref name="directory"/>; none when it does not exist.</summary>
    public CertificateStore(string directory)
    {
        ArgumentException.ThrowIfNullOrEmpty(directory);
        root = Path.Combine(Path.GetFullPath(directory), Folder);
    }

    /// <summary>File with the authorities that clients of <paramref name="instance"/> trust; there after the first deploy.</summary>
    public string TrustedPath(string instance) => Path.Combine(root, instance, TrustedFile);

    /// <summary>File with the certificate and the key that clients of <paramref name="instance"/> show when they are verified.</summary>
    public string ClientPath(string instance) => Path.Combine(root, instance, ClientPair);

    /// <summary>What is kept for each instance, by its name.</summary>
    /// <exception cref="DeploymentException">A file cannot be read, or an authority's is not what was written.</exception>
    public async Task<ImmutableDictionary<string, InstanceCertificates>> ReadAllAsync(CancellationToken cancellationToken)
    {
        ImmutableDictionary<string, InstanceCertificates>.Builder all = ImmutableDictionary.CreateBuilder<string, InstanceCertificates>(StringComparer.Ordinal);
        foreach (string folder in Directory.Exists(root) ? Directory.EnumerateDirectories(root) : [])
        {
            string instance = Path.GetFileName(folder);
            all.Add(instance, await ReadAsync(instance, cancellationToken).ConfigureAwait(false));
        }

        return all.ToImmutable();
    }

    /// <summary>Keeps those that instances' own authorities issued; given files stay where they are.</summary>
    /// <exception cref="DeploymentException">A file cannot be written.</exception>
    public async Task WriteAllAsync(IEnumerable<KeyValuePair<string, InstanceCertificates>> certificates, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(certificates);
        foreach ((string instance, InstanceCertificates own) in certificates.Where(one => one.Value.Authority != CertificateAuthority.None))
        {
            await WriteAsync(instance, own, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>What is kept for <paramref name="instance"/>.</summary>
    /// <exception cref="DeploymentException">A file cannot be read, or the authority's is not what was written.</exception>
    public async Task<InstanceCertificates> ReadAsync(string instance, CancellationToken cancellationToken)
    {
        ArgumentException.ThrowIfNullOrEmpty(instance);
        string authorityPath = Path.Combine(root, instance, AuthorityFile);
        if (await FindTextAsync(authorityPath, cancellationToken).ConfigureAwait(false) is not { } text)
        {
            return InstanceCertificates.None;
        }

        CertificateAuthority authority = ParseAuthority(authorityPath, text);
        ImmutableSortedDictionary<string, KeyedCertificate>.Builder hosts =
            ImmutableSortedDictionary.CreateBuilder<string, KeyedCertificate>(StringComparer.Ordinal);
        string hostFolder = Path.Combine(root, instance, HostFolder);
        foreach (string path in Directory.Exists(hostFolder) ? Directory.EnumerateFiles(hostFolder, "*" + Extension) : [])
        {
            if (await FindPairAsync(path, cancellationToken).ConfigureAwait(false) is { } pair)
            {
                hosts.Add(Path.GetFileNameWithoutExtension(path), pair);
            }
        }

        return new InstanceCertificates
        {
            Authority = authority,
            Trusted = authority.Bundle,
            Hosts = hosts.ToImmutable(),
            Client = await FindPairAsync(ClientPath(instance), cancellationToken).ConfigureAwait(false),
        };
    }

    /// <summary>Keeps <paramref name="certificates"/>; a file that holds them already is left alone.</summary>
    /// <exception cref="DeploymentException">A file cannot be written.</exception>
    public async Task WriteAsync(string instance, InstanceCertificates certificates, CancellationToken cancellationToken)
    {
        ArgumentException.ThrowIfNullOrEmpty(instance);
        ArgumentNullException.ThrowIfNull(certificates);
        string folder = Path.Combine(root, instance);
        string hostFolder = Path.Combine(folder, HostFolder);
        foreach (string level in (string[])[root, folder, hostFolder])
        {
            Guard(level, () => Directory.CreateDirectory(level, OwnerOnlyDirectory));
        }

        // The authority first: a certificate is never there without the one that vouches for it.
        IEnumerable<string> generations = certificates.Authority.Generations.Select(one => one.Certificate + one.Key?.Reveal());
        await KeepAsync(Path.Combine(folder, AuthorityFile), string.Concat(generations), cancellationToken).ConfigureAwait(false);
        await KeepAsync(TrustedPath(instance), certificates.Trusted ?? "", cancellationToken).ConfigureAwait(false);
        foreach ((string host, KeyedCertificate pair) in certificates.Hosts)
        {
            await KeepAsync(HostPath(instance, host), Text(pair), cancellationToken).ConfigureAwait(false);
        }

        if (certificates.Client is { } client)
        {
            await KeepAsync(ClientPath(instance), Text(client), cancellationToken).ConfigureAwait(false);
        }
        else
        {
            Guard(ClientPath(instance), () => File.Delete(ClientPath(instance)));
        }

        foreach (string path in Directory.EnumerateFiles(hostFolder, "*" + Extension)
            .Where(path => !certificates.Hosts.ContainsKey(Path.GetFileNameWithoutExtension(path))))
        {
            Guard(path, () => File.Delete(path));
        }
    }

    /// <summary>Forgets all certificates, after the deployment is gone.</summary>
    /// <exception cref="DeploymentException">They cannot be removed.</exception>
    public void Forget()
    {
        if (Directory.Exists(root))
        {
            Guard(root, () => Directory.Delete(root, recursive: true));
        }
    }

    private string HostPath(string instance, string host) => Path.Combine(root, instance, HostFolder, host + Extension);

    private static string Text(KeyedCertificate pair) => pair.Certificate + pair.Key.Reveal();

    // A pair that cannot be understood is as good as none: it is issued again. An authority is not, since clients trust it.
    private static async Task<KeyedCertificate?> FindPairAsync(string path, CancellationToken cancellationToken)
    {
        if (await FindTextAsync(path, cancellationToken).ConfigureAwait(false) is not { } text)
        {
            return null;
        }

        PemText pem = PemText.Parse(text);
        return pem is { Certificates.Length: > 0, Keys.Length: 1 }
            ? new KeyedCertificate(string.Concat(pem.Certificates), new Secret(pem.Keys[0]))
            : null;
    }

    private static CertificateAuthority ParseAuthority(string path, string text)
    {
        List<AuthorityGeneration> generations = [];
        foreach (PemBlock block in PemText.Blocks(text))
        {
            if (block.IsCertificate)
            {
                generations.Add(new AuthorityGeneration(block.Text, null));
            }
            else if (block.IsKey && generations.Count > 0)
            {
                generations[^1] = generations[^1] with { Key = new Secret(block.Text) };
            }
        }

        return generations.Count > 0 ? new CertificateAuthority([.. generations]) : throw new DeploymentException(
            DeploymentFailureReason.Directory,
            new Problem(
                "not what Twinbus wrote",
                "there is no certificate in it",
                "restore the file from a backup; without it, remove it, run twinbus deploy, and give clients the new trusted.pem beside it")
            {
                Place = SourcePlace.Whole(path),
            });
    }

    private static async Task<string?> FindTextAsync(string path, CancellationToken cancellationToken)
    {
        try
        {
            return await File.ReadAllTextAsync(path, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Failed(path, "read", e);
        }
    }

    private static async Task KeepAsync(string path, string text, CancellationToken cancellationToken)
    {
        if (await FindTextAsync(path, cancellationToken).ConfigureAwait(false) == text && File.GetUnixFileMode(path) == WholeFile.OwnerOnly)
        {
            return;
        }

        try
        {
            await WholeFile.WriteAsync(path, Encoding.ASCII.GetBytes(text), WholeFile.OwnerOnly, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Failed(path, "write", e);
        }
    }

    private static void Guard(string path, Action action)
    {
        try
        {
            action();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Failed(path, "change", e);
        }
    }

    private static DeploymentException Failed(string path, string verb, Exception cause) => new(
        DeploymentFailureReason.Directory,
        new Problem($"cannot {verb} {path}", cause.Message, "mend the cause, or name another directory with -d"),
        cause);
}

using System.Collections.Immutable;
using System.Text.Json;
using Twinbus.Deployment.Certificates;
using Twinbus.Deployment.Model;
using Twinbus.Deployment.Secrets;
using Twinbus.Hosts.Plans;
using Twinbus.Hosts.Platform;

namespace Twinbus.Deployment.State;

/// <summary>
/// What is kept of a deployment between runs: <c>deployment.json</c>, the resolved model of the last deploy;
/// <c>secrets.json</c>, readable by its owner only; and <c>facts.json</c>, what the hosts were like, which spares a run
/// asking them first. Each is written whole, and not at all when nothing changed.
/// </summary>
public sealed class DeploymentDirectory
{
    private const string DeploymentFile = "deployment.json";
    private const string SecretsFile = "secrets.json";
    private const string FactsFile = "facts.json";

    /// <summary>The deployment kept in <paramref name="path"/>, which need not exist yet.</summary>
    public DeploymentDirectory(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        Path = System.IO.Path.GetFullPath(path);
    }

    private static ImmutableDictionary<string, HostFacts> Unknown => ImmutableDictionary<string, HostFacts>.Empty;

    /// <summary>The directory, absolute.</summary>
    public string Path { get; }

    /// <summary>The certificates that the deployment keeps.</summary>
    public CertificateStore Certificates => new(Path);

    /// <summary>Makes the directory, for its owner only, when it is not there.</summary>
    /// <exception cref="DeploymentException">It cannot be made.</exception>
    public void Create() => Guard(() => Directory.CreateDirectory(Path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute), "make");

    /// <summary>The model of the last deploy, or null when there was none.</summary>
    /// <exception cref="DeploymentException">It cannot be read.</exception>
    public async Task<MessagingDeployment?> FindDeploymentAsync(CancellationToken cancellationToken)
    {
        byte[]? text = await ReadAsync(DeploymentFile, cancellationToken).ConfigureAwait(false);
        return text is null ? null : Parse(DeploymentFile, () => JsonSerializer.Deserialize(text, DeploymentJson.Default.MessagingDeployment));
    }

    /// <summary>The model of the last deploy.</summary>
    /// <exception cref="DeploymentException">There was none, or it cannot be read.</exception>
    public async Task<MessagingDeployment> ReadDeploymentAsync(CancellationToken cancellationToken) =>
        await FindDeploymentAsync(cancellationToken).ConfigureAwait(false) ?? throw new DeploymentException(
            DeploymentFailureReason.NotDeployed,
            new Problem($"nothing is deployed from {Path}", $"there is no {DeploymentFile} in it", "run twinbus up, or name another directory with -d"));

    /// <summary>The secrets; none when the deployment has none yet.</summary>
    /// <exception cref="DeploymentException">They cannot be read.</exception>
    public async Task<DeploymentSecrets> ReadSecretsAsync(CancellationToken cancellationToken)
    {
        byte[]? text = await ReadAsync(SecretsFile, cancellationToken).ConfigureAwait(false);
        return text is null ? DeploymentSecrets.None : Parse(SecretsFile, () => SecretsJson.Read(text));
    }

    /// <summary>Keeps the model and the secrets; the secrets first, so that a broker never has a password that nobody knows.</summary>
    /// <exception cref="DeploymentException">They cannot be written.</exception>
    public async Task WriteAsync(MessagingDeployment deployment, DeploymentSecrets secrets, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(deployment);
        ArgumentNullException.ThrowIfNull(secrets);
        Create();
        await WriteAsync(SecretsFile, SecretsJson.Write(secrets), WholeFile.OwnerOnly, cancellationToken).ConfigureAwait(false);
        byte[] text = JsonSerializer.SerializeToUtf8Bytes(deployment, DeploymentJson.Default.MessagingDeployment);
        await WriteAsync(DeploymentFile, text, WholeFile.OwnerOnly, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>What the hosts were when they last said, by inventory name. Nothing depends on it: a host compares it with itself.</summary>
    /// <exception cref="DeploymentException">The file cannot be read.</exception>
    public async Task<ImmutableDictionary<string, HostFacts>> ReadFactsAsync(CancellationToken cancellationToken)
    {
        try
        {
            byte[]? text = await ReadAsync(FactsFile, cancellationToken).ConfigureAwait(false);
            return (text is null ? null : JsonSerializer.Deserialize(text, FactsJson.Default.ImmutableDictionaryStringHostFacts)) ?? Unknown;
        }
        catch (JsonException)
        {
            // Damaged, or of another version: the hosts are asked again, and the file is written anew.
            return Unknown;
        }
    }

    /// <summary>Keeps what the hosts are.</summary>
    /// <exception cref="DeploymentException">It cannot be written.</exception>
    public Task WriteFactsAsync(ImmutableDictionary<string, HostFacts> facts, CancellationToken cancellationToken)
    {
        byte[] text = JsonSerializer.SerializeToUtf8Bytes(facts.ToImmutableSortedDictionary(StringComparer.Ordinal), FactsJson.Default.ImmutableSortedDictionaryStringHostFacts);
        return WriteAsync(FactsFile, text, WholeFile.OwnerOnly, cancellationToken);
    }

    /// <summary>Forgets the deployment, after <c>down</c>: model and secrets go, and the directory too when nothing else is in it.</summary>
    /// <exception cref="DeploymentException">They cannot be removed.</exception>
    public void Forget()
    {
        Certificates.Forget();
        Guard(
            () =>
            {
                File.Delete(System.IO.Path.Combine(Path, DeploymentFile));
                File.Delete(System.IO.Path.Combine(Path, SecretsFile));
                File.Delete(System.IO.Path.Combine(Path, FactsFile));
            },
            "clear");
    }

    private async Task<byte[]?> ReadAsync(string name, CancellationToken cancellationToken)
    {
        string file = System.IO.Path.Combine(Path, name);
        try
        {
            return await File.ReadAllBytesAsync(file, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Failed($"cannot read {file}", e);
        }
    }

    private async Task WriteAsync(string name, byte[] content, UnixFileMode mode, CancellationToken cancellationToken)
    {
        string file = System.IO.Path.Combine(Path, name);
        byte[]? present = await ReadAsync(name, cancellationToken).ConfigureAwait(false);
        if (present is not null && present.AsSpan().SequenceEqual(content) && File.GetUnixFileMode(file) == mode)
        {
            return;
        }

        try
        {
            await WholeFile.WriteAsync(file, content, mode, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Failed($"cannot write {file}", e);
        }
    }

    private T Parse<T>(string name, Func<T?> parse)
    {
        try
        {
            return parse() ?? throw new JsonException("the file holds null");
        }
        catch (JsonException e)
        {
            string file = System.IO.Path.Combine(Path, name);
            throw new DeploymentException(
                DeploymentFailureReason.Directory,
                new Problem("not what Twinbus wrote", e.Message, "restore the file from a backup")
                {
                    Place = new SourcePlace(file, (int)(e.LineNumber ?? -1) + 1, (int)(e.BytePositionInLine ?? -1) + 1),
                },
                e);
        }
    }

    private void Guard(Action action, string verb)
    {
        try
        {
            action();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Failed($"cannot {verb} the deployment directory {Path}", e);
        }
    }

    private static DeploymentException Failed(string what, Exception cause) => new(
        DeploymentFailureReason.Directory,
        new Problem(what, cause.Message, "mend the cause, or name another directory with -d"),
        cause);
}

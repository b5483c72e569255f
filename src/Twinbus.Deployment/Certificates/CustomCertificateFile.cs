using System.Text;
using Twinbus.Deployment.Model;
using Twinbus.Hosts;

namespace Twinbus.Deployment.Certificates;

/// <summary>Which of the custom files one is; a caller finds by it the parameter that named the file.</summary>
public enum CustomCertificateRole
{
    /// <summary><see cref="CustomCertificateFiles.Certificate"/>.</summary>
    Certificate,

    /// <summary><see cref="CustomCertificateFiles.Key"/>.</summary>
    Key,

    /// <summary><see cref="CustomCertificateFiles.Authority"/>.</summary>
    Authority,

    /// <summary><see cref="CustomCertificateFiles.ClientCertificate"/>.</summary>
    ClientCertificate,

    /// <summary><see cref="CustomCertificateFiles.ClientKey"/>.</summary>
    ClientKey,
}

/// <summary>Something wrong with a custom file.</summary>
/// <param name="Role">Which file.</param>
/// <param name="Problem">What, why and what to do; the file is named in it.</param>
public sealed record CustomCertificateProblem(CustomCertificateRole Role, Problem Problem);

/// <summary>A custom file as it was read.</summary>
/// <param name="Path">Its path.</param>
/// <param name="Content">What it holds; a secret, since people put keys into any of them.</param>
/// <param name="Mode">Its permissions.</param>
/// <param name="Failure">Why it could not be read; null when it was.</param>
public sealed record CustomCertificateFile(string Path, Secret Content, UnixFileMode Mode, string? Failure = null)
{
    // A certificate chain has a few thousand bytes.
    private const int LargestFile = 1024 * 1024;

    /// <summary>Reads <paramref name="path"/>; that it cannot be read is told in <see cref="Failure"/>.</summary>
    public static async Task<CustomCertificateFile> ReadAsync(string path, CancellationToken cancellationToken)
    {
        try
        {
            FileInfo file = new(path);
            if (file.Exists && file.Length > LargestFile)
            {
                return Unreadable(path, $"it has {file.Length} bytes, which no certificate or key has");
            }

            // Every byte survives in Latin-1, so that one can tell what a file is that is not PEM.
            string content = await File.ReadAllTextAsync(path, Encoding.Latin1, cancellationToken).ConfigureAwait(false);
            return new CustomCertificateFile(path, new Secret(content), file.UnixFileMode);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return Unreadable(path, Directory.Exists(path) ? "it is a directory" : "there is no such file");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return Unreadable(path, Directory.Exists(path) ? "it is a directory" : e.Message);
        }
    }

    private static CustomCertificateFile Unreadable(string path, string why) => new(path, new Secret(""), UnixFileMode.None, why);
}

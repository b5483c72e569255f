using Twinbus.Hosts.Converging;
using Twinbus.Hosts.Platform;

namespace Twinbus.Hosts.Kinds.Files;

/// <summary>Files that the run is going to write.</summary>
internal static class PendingFiles
{
    /// <summary>SHA-256 of the content that a file is going to have; null when this run does not change it.</summary>
    public static string? PendingSum(this ConvergenceContext context, string path) =>
        context.FindPending(FileResource.KindName, path) is FileResource file ? ContentHash.Of(FileConverger.Content(file)) : null;
}

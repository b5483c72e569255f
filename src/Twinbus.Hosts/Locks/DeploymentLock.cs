using System.Text.Json;
using Twinbus.Hosts.Platform;

namespace Twinbus.Hosts.Locks;

/// <summary>
/// The exclusive right to change a deployment. The kernel holds it for as long as the process lives, so a dead
/// holder never has to be unlocked by hand; a text beside it names the holder for whoever comes second.
/// </summary>
public sealed class DeploymentLock : IDisposable
{
    private const string HolderSuffix = ".holder";

    private readonly FileStream held;
    private readonly string holderPath;

    private DeploymentLock(FileStream held, string holderPath)
    {
        this.held = held;
        this.holderPath = holderPath;
    }

    /// <summary>Takes the lock of the deployment kept in <paramref name="directory"/>, which must exist.</summary>
    /// <param name="directory">The deployment directory.</param>
    /// <param name="purpose">What the run does, such as <c>deploy</c>; shown to whoever comes second.</param>
    /// <param name="runId">The run's id.</param>
    /// <param name="clock">The clock for the holder's start time.</param>
    /// <exception cref="HostException">Another run holds it (<see cref="HostFailureReason.Held"/>).</exception>
    public static DeploymentLock Take(string directory, string purpose, string runId, TimeProvider clock)
    {
        ArgumentNullException.ThrowIfNull(clock);
        return Take(Path.Combine(directory, "lock"), $"The deployment in {directory}", LockHolder.Here(purpose, runId, clock));
    }

    /// <summary>Gives the lock back.</summary>
    public void Dispose()
    {
        if (held.SafeFileHandle.IsClosed)
        {
            return;
        }

        // A run that removed the deployment took the directory along.
        if (File.Exists(holderPath))
        {
            File.Delete(holderPath);
        }

        held.Dispose();
    }

    /// <summary>
    /// Gives the lock back for good, after the deployment is gone: its files go while it is still held, and then the
    /// directory when nothing else is in it.
    /// </summary>
    public void Remove()
    {
        File.Delete(held.Name);
        Dispose();
        EmptyDirectory.Remove(Path.GetDirectoryName(held.Name)!);
    }

    /// <summary>Whether somebody holds the lock file at <paramref name="path"/>. Nothing is written.</summary>
    internal static bool IsHeld(string path)
    {
        try
        {
            // Shared, which whoever holds it exclusively does not let happen.
            new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read).Dispose();
            return false;
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return false;
        }
        catch (IOException)
        {
            return true;
        }
    }

    /// <summary>Who says that the lock file at <paramref name="path"/> is theirs; null when nobody has said so yet.</summary>
    internal static LockHolder? HolderOf(string path)
    {
        try
        {
            return JsonSerializer.Deserialize(File.ReadAllText(path + HolderSuffix), LockJson.Default.LockHolder);
        }
        catch (Exception e) when (e is IOException or JsonException or UnauthorizedAccessException)
        {
            // It is being written, or another user's.
            return null;
        }
    }

    /// <summary>The error of whoever does not get the lock file at <paramref name="path"/>.</summary>
    internal static HostException Held(string path, string subject, Exception? cause)
    {
        var why = HolderOf(path) switch
        {
            null => "The other run has not said who it is.",
            { Abandoned: { } since } holder =>
                $"{holder.Phrase} has held it since {holder.Started:yyyy-MM-dd HH:mm:ss} UTC. It was killed or cut off at {since:HH:mm:ss}, and still ends {holder.At ?? "what it is at"}.",
            var holder => $"{holder.Phrase} has held it since {holder.Started:yyyy-MM-dd HH:mm:ss} UTC.",
        };
        return new HostException(HostFailureReason.Held, $"{subject} is held by another run.", why, "Wait until it ends, then run this again.", cause);
    }

    /// <summary>Says anew who holds it.</summary>
    internal void Say(LockHolder holder) => File.WriteAllText(holderPath, JsonSerializer.Serialize(holder, LockJson.Default.LockHolder));

    /// <summary>Takes the lock file at <paramref name="path"/>; <paramref name="subject"/> says in an error what is held.</summary>
    internal static DeploymentLock Take(string path, string subject, LockHolder holder)
    {
        FileStream file;
        try
        {
            file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException e) when (e is not (DirectoryNotFoundException or PathTooLongException) && File.Exists(path))
        {
            throw Held(path, subject, e);
        }

        var taken = new DeploymentLock(file, path + HolderSuffix);
        taken.Say(holder);
        return taken;
    }

    /// <summary>The same, waiting for as long as <paramref name="patience"/> while another run holds it.</summary>
    internal static async Task<DeploymentLock> TakeAsync(
        string path,
        string subject,
        LockHolder holder,
        TimeSpan patience,
        TimeSpan pause,
        TimeProvider clock,
        CancellationToken cancellationToken)
    {
        var start = clock.GetTimestamp();
        while (true)
        {
            try
            {
                return Take(path, subject, holder);
            }
            catch (HostException e) when (e.Reason == HostFailureReason.Held && clock.GetElapsedTime(start) < patience)
            {
                await Task.Delay(pause, clock, cancellationToken).ConfigureAwait(false);
            }
        }
    }
}

using System.Text.Json;

namespace Twinbus.Hosts.Running;

/// <summary>Who holds a lock.</summary>
/// <param name="ProcessId">The holder's process.</param>
/// <param name="Host">The machine that it runs on.</param>
/// <param name="User">The user that started it.</param>
/// <param name="Started">When it took the lock.</param>
/// <param name="RunId">Its run.</param>
/// <param name="Purpose">What it does, such as <c>deploy</c>.</param>
public sealed record LockHolder(int ProcessId, string Host, string User, DateTimeOffset Started, string RunId, string Purpose)
{
    /// <summary>This process.</summary>
    internal static LockHolder Here(string purpose, string runId, TimeProvider clock) => new(
        Environment.ProcessId, Environment.MachineName, Environment.UserName, clock.GetUtcNow(), runId, purpose);
}

/// <summary>
/// The exclusive right to change a deployment. The kernel holds it for as long as the process lives, so a dead
/// holder never has to be unlocked by hand; a text beside it names the holder for whoever comes second.
/// </summary>
public sealed class DeploymentLock : IDisposable
{
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
        string directory = Path.GetDirectoryName(held.Name)!;
        if (!Directory.EnumerateFileSystemEntries(directory).Any())
        {
            Directory.Delete(directory);
        }
    }

    /// <summary>Whether somebody has the lock file at <paramref name="path"/>.</summary>
    internal static bool IsHeld(string path)
    {
        try
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.None);
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

    /// <summary>Takes the lock file at <paramref name="path"/>; <paramref name="subject"/> says in an error what is held.</summary>
    internal static DeploymentLock Take(string path, string subject, LockHolder holder)
    {
        var holderPath = path + ".holder";
        FileStream file;
        try
        {
            file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException e) when (e is not (DirectoryNotFoundException or PathTooLongException) && File.Exists(path))
        {
            throw Held(subject, holderPath, e);
        }

        File.WriteAllText(holderPath, JsonSerializer.Serialize(holder, LockJson.Default.LockHolder));
        return new DeploymentLock(file, holderPath);
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

    private static HostException Held(string subject, string holderPath, Exception cause)
    {
        var who = "The other run has not said who it is yet.";
        try
        {
            if (JsonSerializer.Deserialize(File.ReadAllText(holderPath), LockJson.Default.LockHolder) is { } holder)
            {
                who = $"{holder.Purpose} of {holder.User}@{holder.Host} (process {holder.ProcessId}, run {holder.RunId}) "
                    + $"has held it since {holder.Started:yyyy-MM-dd HH:mm:ss} UTC.";
            }
        }
        catch (Exception e) when (e is IOException or JsonException or UnauthorizedAccessException)
        {
            who += $" ({e.Message})";
        }

        return new HostException(
            HostFailureReason.Held, $"{subject} is held by another run.", who, "Wait until it ends, then run this again.", cause);
    }
}

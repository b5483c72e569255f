using System.Collections.Concurrent;
using System.Globalization;
using System.Text;

namespace Twinbus.Messaging.RabbitMq;

/// <summary>
/// Numbers for queue names, counted by all processes of one name on a host in one file, as the original's queue manager
/// does: a service that starts again counts from 1 again, and so comes back to the queues that it had.
/// </summary>
internal sealed class QueueCounter(string directory, string host, string process, RunningGroup own, TimeProvider time)
{
    /// <summary>Where the file is: memory that all processes share and that a restart of the machine empties.</summary>
    public const string SharedMemory = "/dev/shm";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(5);

    // Transports of this process take turns at a file; they would only race for it, and some would lose for long.
    private static readonly ConcurrentDictionary<string, SemaphoreSlim> Turns = new(StringComparer.Ordinal);

    /// <summary>The file: <c>group:counter:start time</c>.</summary>
    public string Path { get; } = System.IO.Path.Combine(directory, $"{host}_{process}_qmanager");

    /// <summary>The next number; no other process gets it as long as one of them runs.</summary>
    /// <exception cref="MessagingException">The file cannot be used.</exception>
    public async ValueTask<int> NextAsync(CancellationToken cancellationToken)
    {
        SemaphoreSlim turn = Turns.GetOrAdd(Path, _ => new SemaphoreSlim(1, 1));
        await turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            long started = time.GetTimestamp();
            while (true)
            {
                using (FileStream? file = Open(isPatient: time.GetElapsedTime(started) < Patience))
                {
                    if (file is not null)
                    {
                        return Next(file);
                    }
                }

                // Another process counts: that takes it no time.
                await Task.Delay(Pause, time, cancellationToken).ConfigureAwait(false);
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new MessagingException(
                MessagingErrorReason.InvalidOptions,
                $"The counter of queue names {Path} cannot be used: {error.Message} Let this user write it, set another "
                + "ProcessName (processname), or leave StableNames (use_queue_manager) off.",
                error);
        }
        finally
        {
            turn.Release();
        }
    }

    private FileStream? Open(bool isPatient)
    {
        try
        {
            return new FileStream(Path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 1);
        }
        catch (IOException error) when (error is not DirectoryNotFoundException && isPatient)
        {
            return null;
        }
    }

    // Nothing is awaited while the file is held, which is a few bytes of memory: in a busy process that could take long, and
    // other processes wait.
    private int Next(FileStream file)
    {
        (RunningGroup group, int count) = Read(file);

        // Another group of our name that still runs has queues by the numbers so far.
        int next = group == own || group.IsAlive() ? count + 1 : 1;
        file.SetLength(0);
        file.Write(Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{own.Id}:{next}:{own.StartTime}")));
        return next;
    }

    // What cannot be read counts as nothing counted so far.
    private (RunningGroup Group, int Count) Read(FileStream file)
    {
        byte[] text = new byte[256];
        int length = file.ReadAtLeast(text, text.Length, throwOnEndOfStream: false);
        string[] parts = Encoding.ASCII.GetString(text, 0, length).Trim().Split(':');
        file.Position = 0;
        return parts.Length == 3
            && int.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out int group)
            && int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out int count) && count < int.MaxValue
            && long.TryParse(parts[2], NumberStyles.None, CultureInfo.InvariantCulture, out long started)
            ? (new RunningGroup(group, started), count)
            : (own, 0);
    }
}

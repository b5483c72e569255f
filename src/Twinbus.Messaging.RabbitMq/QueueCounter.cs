using System.Globalization;
using System.Runtime.CompilerServices;
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

    /// <summary>The file: <c>group:counter:start time</c>.</summary>
    public string Path { get; } = System.IO.Path.Combine(directory, $"{host}_{process}_qmanager");

    /// <summary>The next number; no other process gets it as long as one of them runs.</summary>
    /// <exception cref="MessagingException">The file cannot be used.</exception>
    public async ValueTask<int> NextAsync(CancellationToken cancellationToken)
    {
        try
        {
            FileStream file = await OpenAsync(cancellationToken).ConfigureAwait(false);
            await using ConfiguredAsyncDisposable closing = file.ConfigureAwait(false);
            (RunningGroup group, int count) = await ReadAsync(file, cancellationToken).ConfigureAwait(false);

            // Another group of our name that still runs has queues by the numbers so far.
            int next = group == own || group.IsAlive() ? count + 1 : 1;
            file.SetLength(0);
            await file.WriteAsync(
                Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{own.Id}:{next}:{own.StartTime}")),
                CancellationToken.None).ConfigureAwait(false);
            return next;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new MessagingException(
                MessagingErrorReason.InvalidOptions,
                $"The counter of queue names {Path} cannot be used: {error.Message} Let this user write it, set another "
                + "ProcessName (processname), or leave StableNames (use_queue_manager) off.",
                error);
        }
    }

    private async ValueTask<FileStream> OpenAsync(CancellationToken cancellationToken)
    {
        long started = time.GetTimestamp();
        while (true)
        {
            try
            {
                return new FileStream(Path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 1);
            }
            catch (IOException error) when (error is not DirectoryNotFoundException && time.GetElapsedTime(started) < Patience)
            {
                // Another process counts: that takes it no time.
                await Task.Delay(Pause, time, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    // What cannot be read counts as nothing counted so far.
    private async ValueTask<(RunningGroup Group, int Count)> ReadAsync(FileStream file, CancellationToken cancellationToken)
    {
        byte[] text = new byte[256];
        int length = await file.ReadAtLeastAsync(text, text.Length, throwOnEndOfStream: false, cancellationToken).ConfigureAwait(false);
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

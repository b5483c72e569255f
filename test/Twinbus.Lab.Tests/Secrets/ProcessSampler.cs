using System.Collections.Concurrent;

namespace Twinbus.Lab.Tests.Secrets;

/// <summary>
/// Reads the arguments and the environment of every process, over and over, and keeps where a canary was seen. Hosts are
/// containers of this machine, so it sees their processes too: both ends of every connection.
/// </summary>
internal sealed class ProcessSampler : IAsyncDisposable
{
    private readonly Canaries canaries;
    private readonly ConcurrentDictionary<string, string> seen = new();
    private readonly CancellationTokenSource ending = new();
    private readonly byte[] buffer = new byte[2 * 1024 * 1024];
    private readonly Task sampling;
    private int rounds;

    public ProcessSampler(Canaries canaries)
    {
        this.canaries = canaries;
        sampling = Task.Factory.StartNew(Sample, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
    }

    /// <summary>What was seen, and where.</summary>
    public IReadOnlyCollection<string> Seen => [.. seen.Select(s => $"{s.Key} of {s.Value}")];

    /// <summary>How often all processes were read.</summary>
    public int Rounds => Volatile.Read(ref rounds);

    public async ValueTask DisposeAsync()
    {
        await ending.CancelAsync();
        await sampling;
        ending.Dispose();
    }

    private void Sample()
    {
        // A little rest between rounds leaves the processor to what is watched.
        while (!ending.Token.WaitHandle.WaitOne(TimeSpan.FromMilliseconds(5)))
        {
            foreach (var process in Directory.EnumerateDirectories("/proc").Where(path => char.IsAsciiDigit(path[6])))
            {
                Look(process, "cmdline");
                Look(process, "environ");
            }

            Interlocked.Increment(ref rounds);
        }
    }

    private void Look(string process, string part)
    {
        try
        {
            using var file = new FileStream($"{process}/{part}", FileMode.Open, FileAccess.Read, FileShare.ReadWrite, bufferSize: 0);
            var length = 0;
            while (length < buffer.Length && file.Read(buffer, length, buffer.Length - length) is > 0 and var read)
            {
                length += read;
            }

            foreach (var canary in canaries.In(buffer.AsSpan(0, length)))
            {
                seen.TryAdd($"{canary} in {part}", File.ReadAllText($"{process}/comm").Trim());
            }
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
        {
            // A process may end between two looks; the kernel's own have no environment.
        }
    }
}

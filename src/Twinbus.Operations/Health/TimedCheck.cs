namespace Twinbus.Operations.Health;

/// <summary>Runs one check under its own deadline and measures it.</summary>
internal static class TimedCheck
{
    /// <summary>
    /// Runs <paramref name="look"/>, which returns what it saw or throws <see cref="CheckFailedException"/>. A check
    /// that is not over by the deadline, or throws something else, has failed; one that the caller cancels is cancelled.
    /// </summary>
    /// <param name="name">The check's name.</param>
    /// <param name="host">Where it looks.</param>
    /// <param name="patience">How long it may take.</param>
    /// <param name="clock">The clock.</param>
    /// <param name="look">The check.</param>
    /// <param name="cancellationToken">Cancels it.</param>
    /// <param name="whenLate">What a check that is not over by the deadline may mean, behind a colon.</param>
    public static async Task<HealthCheck> RunAsync(
        string name,
        string host,
        TimeSpan patience,
        TimeProvider clock,
        Func<CancellationToken, Task<string>> look,
        CancellationToken cancellationToken,
        string whenLate = "")
    {
        long began = clock.GetTimestamp();
        HealthCheck Ended(CheckStatus status, string detail) => new(name, host, status, detail, Math.Round(clock.GetElapsedTime(began).TotalMilliseconds, 1));

        using CancellationTokenSource deadline = new(patience, clock);
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        try
        {
            // Some of what is under a check ends late or not at all when it is cancelled; the report does not wait for that.
            return Ended(CheckStatus.Passed, await look(either.Token).WaitAsync(either.Token).ConfigureAwait(false));
        }
        catch (CheckFailedException failure)
        {
            return Ended(CheckStatus.Failed, failure.Message);
        }
        catch (Exception fault) when (fault is not OperationCanceledException)
        {
            // Whatever it is, the checks of the other services are not to be lost over it.
            return Ended(CheckStatus.Failed, $"the check itself failed: {fault.Message}");
        }
        catch (OperationCanceledException) when (deadline.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            return Ended(CheckStatus.Failed, $"no answer within {patience.TotalSeconds:0.##} s{whenLate}");
        }
    }
}

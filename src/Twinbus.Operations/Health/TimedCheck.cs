namespace Twinbus.Operations.Health;

/// <summary>Runs one check under its own deadline and measures it.</summary>
internal static class TimedCheck
{
    /// <summary>
    /// Runs <paramref name="look"/>, which returns what it saw or throws <see cref="CheckFailedException"/>. A check
    /// that is not over by the deadline has failed; one that the caller cancels is cancelled.
    /// </summary>
    public static async Task<HealthCheck> RunAsync(
        string name, string host, HealthOptions options, Func<CancellationToken, Task<string>> look, CancellationToken cancellationToken)
    {
        long began = options.Clock.GetTimestamp();
        HealthCheck Ended(CheckStatus status, string detail) => new(name, host, status, detail, Math.Round(options.Clock.GetElapsedTime(began).TotalMilliseconds, 1));

        using CancellationTokenSource deadline = new(options.Timeout, options.Clock);
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
        catch (OperationCanceledException) when (deadline.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            return Ended(CheckStatus.Failed, $"no answer within {options.Timeout.TotalSeconds:0.##} s");
        }
    }
}

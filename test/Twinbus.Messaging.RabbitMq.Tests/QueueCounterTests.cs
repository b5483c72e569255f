using System.Diagnostics;
using Microsoft.Extensions.Time.Testing;
using Twinbus.Testing;
using Xunit;

namespace Twinbus.Messaging.RabbitMq.Tests;

/// <summary>The original's queue manager: one file, counted by all processes of a name.</summary>
public sealed class QueueCounterTests : IDisposable
{
    private readonly TemporaryDirectory directory = new();
    private readonly RunningGroup own = RunningGroup.Own();

    private static CancellationToken Timeout => new CancellationTokenSource(TimeSpan.FromSeconds(30)).Token;

    private string File => directory["host_proc_qmanager"];

    public void Dispose() => directory.Dispose();

    [Fact]
    public async Task CountsFromOneIntoTheFileOfTheOriginal()
    {
        Assert.Equal(1, await Counter().NextAsync(Timeout));
        Assert.Equal(2, await Counter().NextAsync(Timeout));

        Assert.Equal($"{own.Id}:2:{own.StartTime}", await System.IO.File.ReadAllTextAsync(File, Timeout));
    }

    [Theory]
    [InlineData("")]
    [InlineData("nonsense")]
    [InlineData("1:2")]
    [InlineData("1:x:3")]
    [InlineData("1:99999999999:3")]
    public async Task WhatCannotBeReadCountsAsNothing(string content)
    {
        await System.IO.File.WriteAllTextAsync(File, content, Timeout);

        Assert.Equal(1, await Counter().NextAsync(Timeout));
    }

    [Fact]
    public async Task LineThatPythonEndedIsRead()
    {
        await System.IO.File.WriteAllTextAsync(File, $"{own.Id}:41:{own.StartTime}\n", Timeout);

        Assert.Equal(42, await Counter().NextAsync(Timeout));
    }

    [Fact]
    public async Task GroupThatIsDeadLeavesItsNumbersToTheNext()
    {
        using Process ended = Process.Start("/bin/true");
        await ended.WaitForExitAsync(Timeout);
        await System.IO.File.WriteAllTextAsync(File, $"{ended.Id}:7:{own.StartTime}", Timeout);

        Assert.Equal(1, await Counter().NextAsync(Timeout));
    }

    [Fact]
    public async Task GroupThatStartedAtAnotherTimeIsAnotherGroup()
    {
        await System.IO.File.WriteAllTextAsync(File, $"{own.Id}:7:{own.StartTime - 1}", Timeout);

        Assert.Equal(1, await Counter().NextAsync(Timeout));
    }

    [Fact]
    public async Task GroupThatRunsKeepsItsNumbers()
    {
        // One of that group's numbers must not be given to us as well.
        var other = new RunningGroup(1, StartTimeOf(1));
        Assert.True(other.IsAlive());
        await System.IO.File.WriteAllTextAsync(File, $"{other.Id}:7:{other.StartTime}", Timeout);

        Assert.Equal(8, await Counter().NextAsync(Timeout));
        Assert.Equal($"{own.Id}:8:{own.StartTime}", await System.IO.File.ReadAllTextAsync(File, Timeout));
    }

    [Fact]
    public async Task NoNumberIsGivenTwiceAtOnce()
    {
        // On a clock that stands, none can come back later because another had the file.
        var clock = new FakeTimeProvider();

        int[] numbers = await Task.WhenAll(Enumerable.Range(0, 100).Select(_ => Task.Run(() => Counter(clock).NextAsync(Timeout).AsTask())));

        Assert.Equal(Enumerable.Range(1, 100), numbers.Order());
    }

    [Fact]
    public async Task FileThatAnotherProcessHoldsIsAwaited()
    {
        Task<int> number;
        await using (new FileStream(File, FileMode.Create, FileAccess.ReadWrite, FileShare.None))
        {
            number = Counter().NextAsync(Timeout).AsTask();
            Assert.False(number.IsCompleted);
        }

        Assert.Equal(1, await number);
    }

    [Fact]
    public void FileIsNotHeldUntilABusyProcessHasTime()
    {
        Assert.True(Counter().NextAsync(Timeout).AsTask().IsCompletedSuccessfully);
    }

    [Fact]
    public async Task FileThatCannotBeUsedIsNamed()
    {
        var counter = new QueueCounter(directory["absent"], "host", "proc", own, TimeProvider.System);

        MessagingException error = await Assert.ThrowsAsync<MessagingException>(() => counter.NextAsync(Timeout).AsTask());

        Assert.Equal(MessagingErrorReason.InvalidOptions, error.Reason);
        Assert.Contains(counter.Path, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("?use_queue_manager=true&hostname=a/b")]
    [InlineData("?use_queue_manager=true&processname=a:b")]
    public void NamesThatWouldNotStayInTheirPlaceAreRefused(string query)
    {
        MessagingException error = Assert.Throws<MessagingException>(() => Transport.Create(
            "rabbit://h/" + query, new TransportOptions { Drivers = Drivers.DriverRegistry.Of(new RabbitMqDriver()) }));

        Assert.Equal(MessagingErrorReason.InvalidOptions, error.Reason);
    }

    private QueueCounter Counter(TimeProvider? clock = null) => new(directory.Path, "host", "proc", own, clock ?? TimeProvider.System);

    private static long StartTimeOf(int process)
    {
        string text = System.IO.File.ReadAllText($"/proc/{process}/stat");
        return long.Parse(text[(text.LastIndexOf(')') + 2)..].Split(' ')[19]);
    }
}

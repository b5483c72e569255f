using System.Text.Json;
using Twinbus.Messaging.Rpc;
using Xunit;

namespace Twinbus.Messaging.Tests;

public sealed class RemoteExceptionsTests
{
    private sealed class NotThereException(string message) : Exception(message);

    private static readonly RemoteExceptions Registered = RemoteExceptions.None.Register(
        "nova.exception", "InstanceNotFound", failure => new NotThereException(failure.Message));

    [Fact]
    public void FailureOfTheOriginalIsReadWhole()
    {
        var failure = RpcFailure.Parse(
            """{"class": "ValueError", "module": "builtins", "message": "('bad value', 7)", "tb": ["Traceback\n", "line\n"], "args": ["bad value", 7], "kwargs": {"code": NaN}}""");

        Assert.Equal(("ValueError", "builtins", "('bad value', 7)"), (failure.Class, failure.Module, failure.Message));
        Assert.Equal(["Traceback\n", "line\n"], failure.Traceback);
        Assert.Equal(7, failure.Arguments[1].GetInt32());
        Assert.Equal("NaN", failure.KeywordArguments.GetProperty("code").GetString());
    }

    [Theory]
    [InlineData("not JSON")]
    [InlineData("[1]")]
    [InlineData("")]
    public void FailureThatCannotBeReadKeepsItsText(string text) => Assert.Equal(text, RpcFailure.Parse(text).Message);

    [Fact]
    public void FailureComesOutAsItWentIn()
    {
        var failure = new RpcFailure { Class = "E", Module = "m", Message = "ä", Traceback = ["a\n"] };
        JsonElement json = JsonDocument.Parse(failure.ToJson()).RootElement;

        Assert.Equal(["class", "module", "message", "tb", "args", "kwargs"], json.EnumerateObject().Select(member => member.Name));
        Assert.Equal(failure.ToJson(), RpcFailure.Parse(failure.ToJson()).ToJson());
    }

    [Fact]
    public void NamesOfExceptionsThatCameFromAnotherServerLoseTheirSuffix()
    {
        var failure = RpcFailure.Parse(new RpcFailure { Class = "ValueError_Remote", Module = "builtins_Remote" }.ToJson());

        Assert.Equal(("ValueError", "builtins"), (failure.Class, failure.Module));
    }

    [Fact]
    public void OnlyRegisteredTypesAreRebuilt()
    {
        Assert.IsType<NotThereException>(Registered.Rebuild(Failure("nova.exception", "InstanceNotFound")));
        Assert.IsType<RemoteErrorException>(Registered.Rebuild(Failure("cinder.exception", "InstanceNotFound")));
        Assert.IsType<RemoteErrorException>(Registered.Rebuild(Failure("System", "OutOfMemoryException")));
        Assert.IsType<RemoteErrorException>(Registered.Rebuild(Failure("builtins", "ValueError")));
    }

    [Fact]
    public void FailureThatDoesNotFitItsTypeIsNotLost()
    {
        RemoteExceptions registered = RemoteExceptions.None.Register(
            "nova.exception", "InstanceNotFound", failure => new NotThereException(failure.Arguments[3].GetString()!));

        var error = Assert.IsType<RemoteErrorException>(registered.Rebuild(Failure("nova.exception", "InstanceNotFound")));

        Assert.Equal("InstanceNotFound", error.Failure.Class);
        Assert.IsType<IndexOutOfRangeException>(error.InnerException);
    }

    // Python has texts that are no Unicode: names of files, above all.
    [Fact]
    public void TextThatIsNoUnicodeIsReadWithAMarkInItsPlace()
    {
        var failure = RpcFailure.Parse(
            """{"class": "OSError", "module": "builtins", "message": "no \udcff.txt", "tb": ["\udcff\n"], "args": [2, "\udcff"], "kwargs": {}}""");

        Assert.Equal(("OSError", "no \ufffd.txt"), (failure.Class, failure.Message));
        Assert.Equal("\ufffd\n", failure.Traceback[0]);
        Assert.Equal("Remote error: OSError no \ufffd.txt", new RemoteErrorException(failure).Message);
    }

    [Fact]
    public void RegisteredTypesAreSentByTheirPythonName()
    {
        RpcFailure failure = Registered.Describe(new NotThereException("gone"));

        Assert.Equal(("nova.exception", "InstanceNotFound", "gone"), (failure.Module, failure.Class, failure.Message));
        Assert.Equal("gone", failure.Arguments[0].GetString());
    }

    [Fact]
    public void PythonTwosBuiltinsArePythonThrees()
    {
        RemoteExceptions registered = RemoteExceptions.None.Register("builtins", "ValueError", failure => new FormatException(failure.Message));
        Assert.IsType<FormatException>(registered.Rebuild(Failure("exceptions", "ValueError")));
    }

    [Fact]
    public void ServerInTheMiddlePassesOnWhatTheServerBehindSaid()
    {
        RpcFailure failure = RemoteExceptions.None.Describe(new RemoteErrorException(Failure("cinder.exception", "VolumeNotFound")));
        Assert.Equal(("cinder.exception", "VolumeNotFound"), (failure.Module, failure.Class));
    }

    private static RpcFailure Failure(string module, string exceptionClass) => new() { Module = module, Class = exceptionClass, Message = "m" };
}

namespace Twinbus.Operations.Health;

/// <summary>A check saw something that is not as it should be; the message is its detail.</summary>
internal sealed class CheckFailedException(string detail, Exception? cause = null) : Exception(detail, cause);

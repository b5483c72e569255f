using Xunit;

namespace Twinbus.Architecture.Tests;

internal static class Offences
{
    /// <summary>Fails with every offence on a line of its own, in full, so that one run shows all there is to mend.</summary>
    public static void None(IEnumerable<string> offences)
    {
        string[] found = [.. offences];
        Assert.True(found.Length == 0, $"{found.Length} found:\n{string.Join('\n', found)}");
    }
}

namespace Twinbus.Cli.Rendering.Progress;

/// <summary>What a person reads of one host.</summary>
/// <param name="Host">The host's inventory name.</param>
/// <param name="Doing">The stage, in words.</param>
/// <param name="Text">What of it happens now, or what came of it.</param>
/// <param name="IsBad">Whether it failed.</param>
internal sealed record HostLine(string Host, string Doing, string Text, bool IsBad);

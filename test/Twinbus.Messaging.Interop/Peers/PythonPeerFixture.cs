namespace Twinbus.Messaging.Interop.Peers;

/// <summary>The assembly's Python peer, started when the first test asks for it.</summary>
public sealed class PythonPeerFixture : IAsyncDisposable
{
    private readonly Lazy<PythonPeer> peer = new(() => new PythonPeer());

    public PythonPeer Peer => peer.Value;

    public ValueTask DisposeAsync() => peer.IsValueCreated ? peer.Value.DisposeAsync() : ValueTask.CompletedTask;
}

namespace Twinbus.Messaging.Conformance;

/// <summary>What a driver brings to the claims: transports to one bus of its own.</summary>
public interface ITransportFixture
{
    /// <summary>A new transport to the bus. The claim disposes it.</summary>
    Task<Transport> OpenAsync(Func<TransportOptions, TransportOptions>? change = null);
}

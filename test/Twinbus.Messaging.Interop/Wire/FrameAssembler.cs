namespace Twinbus.Messaging.Interop.Wire;

/// <summary>Puts a publish back together from its method, header and body frames; channels may interleave.</summary>
internal sealed class FrameAssembler
{
    private readonly Dictionary<int, (Capture Method, long Size, MemoryStream Body)> open = [];

    /// <summary>Takes one frame and returns what it completes, if anything.</summary>
    public Capture? Add(byte type, int channel, ReadOnlyMemory<byte> payload)
    {
        switch (type)
        {
            case 1 when ClientMethods.Read(payload) is { Method: "basic.publish" } publish:
                open[channel] = (publish, 0, new MemoryStream());
                return null;
            case 1:
                return ClientMethods.Read(payload);
            case 2:
                (long size, System.Text.Json.Nodes.JsonObject properties) = ClientMethods.ReadHeader(payload);
                open[channel] = (open[channel].Method with { Properties = properties }, size, open[channel].Body);
                return Completed(channel);
            case 3:
                open[channel].Body.Write(payload.Span);
                return Completed(channel);
            default:
                return null;
        }
    }

    private Capture? Completed(int channel)
    {
        (Capture method, long size, MemoryStream body) = open[channel];
        if (body.Length < size)
        {
            return null;
        }

        open.Remove(channel);
        return method with { Body = body.ToArray() };
    }
}

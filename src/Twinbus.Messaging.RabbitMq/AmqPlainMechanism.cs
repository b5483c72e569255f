using System.Buffers.Binary;
using System.Text;
using RabbitMQ.Client;

namespace Twinbus.Messaging.RabbitMq;

/// <summary>The original's login: a table with LOGIN and PASSWORD, without the length before it.</summary>
internal sealed class AmqPlainMechanism : IAuthMechanismFactory, IAuthMechanism
{
    public string Name => "AMQPLAIN";

    public IAuthMechanism GetInstance() => this;

    public Task<byte[]> HandleChallengeAsync(
        byte[]? challenge, ConnectionConfig config, CancellationToken cancellationToken = default)
    {
        using var table = new MemoryStream();
        Write(table, "LOGIN"u8, config.UserName);
        Write(table, "PASSWORD"u8, config.Password);
        return Task.FromResult(table.ToArray());
    }

    private static void Write(MemoryStream table, ReadOnlySpan<byte> name, string value)
    {
        byte[] text = Encoding.UTF8.GetBytes(value);
        Span<byte> length = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(length, text.Length);
        table.WriteByte((byte)name.Length);
        table.Write(name);
        table.WriteByte((byte)'S');
        table.Write(length);
        table.Write(text);
    }
}

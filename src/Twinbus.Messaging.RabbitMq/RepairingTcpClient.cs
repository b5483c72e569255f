using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Security.Cryptography.X509Certificates;
using RabbitMQ.Client;

namespace Twinbus.Messaging.RabbitMq;

/// <summary>
/// A connection whose incoming bytes pass <see cref="HeaderRepair"/> before the client library reads them. This is the only place
/// where it lets others look at them, and TLS is below that: so TLS is begun here, and not by the library.
/// </summary>
internal sealed class RepairingTcpClient(Socket socket, SslOption tls, HeaderRepair headers) : TcpClientAdapter(socket)
{
    private SslStream? secured;

    public override async Task ConnectAsync(IPAddress ep, int port, CancellationToken cancellationToken = default)
    {
        await base.ConnectAsync(ep, port, cancellationToken).ConfigureAwait(false);
        if (!tls.Enabled)
        {
            return;
        }

        var securing = new SslStream(base.GetStream());
        try
        {
            await securing.AuthenticateAsClientAsync(
                new SslClientAuthenticationOptions
                {
                    TargetHost = tls.ServerName,
                    EnabledSslProtocols = tls.Version,
                    ClientCertificates = tls.Certs,

                    // The one that there is, whichever authorities the broker names.
                    LocalCertificateSelectionCallback = (_, _, certificates, _, _) => certificates.Count > 0 ? certificates[0] : null!,
                    RemoteCertificateValidationCallback = tls.CertificateValidationCallback,
                    CertificateRevocationCheckMode = X509RevocationMode.NoCheck,
                },
                cancellationToken).ConfigureAwait(false);
            secured = securing;
        }
        catch
        {
            await securing.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    public override NetworkStream GetStream() => new RepairingStream(Client, (Stream?)secured ?? base.GetStream(), headers);

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            secured?.Dispose();
        }

        base.Dispose(disposing);
    }

    // Everything that reads or writes is overridden: what is not would pass TLS by.
    private sealed class RepairingStream(Socket socket, Stream inner, HeaderRepair headers) : NetworkStream(socket)
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            ValueTask<int> reading = inner.ReadAsync(buffer, cancellationToken);
            return reading.IsCompletedSuccessfully ? new(Repaired(buffer.Span, reading.Result)) : RepairAsync(reading, buffer);
        }

        public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
            ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

        public override int Read(Span<byte> buffer) => Repaired(buffer, inner.Read(buffer));

        public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

        public override int ReadByte()
        {
            Span<byte> one = stackalloc byte[1];
            return Read(one) == 0 ? -1 : one[0];
        }

        public override IAsyncResult BeginRead(byte[] buffer, int offset, int count, AsyncCallback? callback, object? state) =>
            TaskToAsyncResult.Begin(ReadAsync(buffer, offset, count, CancellationToken.None), callback, state);

        public override int EndRead(IAsyncResult asyncResult) => TaskToAsyncResult.End<int>(asyncResult);

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) =>
            inner.WriteAsync(buffer, cancellationToken);

        public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
            WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

        public override void Write(ReadOnlySpan<byte> buffer) => inner.Write(buffer);

        public override void Write(byte[] buffer, int offset, int count) => inner.Write(buffer, offset, count);

        public override void WriteByte(byte value) => inner.WriteByte(value);

        public override IAsyncResult BeginWrite(byte[] buffer, int offset, int count, AsyncCallback? callback, object? state) =>
            TaskToAsyncResult.Begin(WriteAsync(buffer, offset, count, CancellationToken.None), callback, state);

        public override void EndWrite(IAsyncResult asyncResult) => TaskToAsyncResult.End(asyncResult);

        public override void Flush() => inner.Flush();

        public override Task FlushAsync(CancellationToken cancellationToken) => inner.FlushAsync(cancellationToken);

        protected override void Dispose(bool disposing)
        {
            if (disposing)
            {
                inner.Dispose();
            }

            base.Dispose(disposing);
        }

        private int Repaired(Span<byte> buffer, int read)
        {
            headers.Pass(buffer[..read]);
            return read;
        }

        [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
        private async ValueTask<int> RepairAsync(ValueTask<int> reading, Memory<byte> buffer)
        {
            int read = await reading.ConfigureAwait(false);
            return Repaired(buffer.Span, read);
        }
    }
}

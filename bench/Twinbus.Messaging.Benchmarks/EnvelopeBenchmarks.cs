using System.Text.Json;
using BenchmarkDotNet.Attributes;
using Twinbus.Messaging.Wire;

namespace Twinbus.Messaging.Benchmarks;

/// <summary>A 1 KiB request: into the envelope and out of it, beside the way with JsonDocument and strings.</summary>
[MemoryDiagnoser]
public class EnvelopeBenchmarks
{
    private readonly InboundLimits limits = new();
    private readonly byte[] message = JsonSerializer.SerializeToUtf8Bytes(EchoArguments.Kibibyte, BenchmarkJson.Default.EchoArguments);
    private readonly byte[] body;

    public EnvelopeBenchmarks()
    {
        using PooledBuffer envelope = PooledBuffer.Rent();
        OsloEnvelope.Write(envelope, message);
        body = envelope.WrittenSpan.ToArray();
    }

    [Benchmark]
    public int Write()
    {
        using PooledBuffer envelope = PooledBuffer.Rent();
        OsloEnvelope.Write(envelope, message);
        return envelope.WrittenSpan.Length;
    }

    [Benchmark]
    public int Read()
    {
        using PooledBuffer read = OsloEnvelope.Unwrap(body, limits);
        return read.WrittenSpan.Length;
    }

    [Benchmark(Baseline = true)]
    public int ReadWithDocumentAndString()
    {
        using JsonDocument envelope = JsonDocument.Parse(body);
        using JsonDocument read = JsonDocument.Parse(envelope.RootElement.GetProperty("oslo.message"u8).GetString()!);
        return read.RootElement.GetProperty("data"u8).GetString()!.Length;
    }
}

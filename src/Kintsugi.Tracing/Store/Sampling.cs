using System.Buffers.Binary;

namespace Kintsugi.Tracing.Store;

/// <summary>Which traces are kept when not all are: by their ids, so that every part of a trace meets the same fate, and always those that failed, were slow or are not known to have ended: a run's end, which tells of its failure, may come hours later.</summary>
/// <param name="Share">In [0, 1]; 1 keeps all.</param>
/// <param name="Slow">A span that took as long keeps its trace.</param>
public sealed record Sampling(double Share, TimeSpan Slow)
{
    internal long SlowNs => Slow.Ticks * TimeSpan.NanosecondsPerTick;

    /// <summary>The last two bytes of a trace's id below this are kept. Both OpenTelemetry's ids and UUIDv7 are random there.</summary>
    internal byte[] FirstNotKept
    {
        get
        {
            var bytes = new byte[2];
            BinaryPrimitives.WriteUInt16BigEndian(bytes, (ushort)Math.Round(Math.Clamp(Share, 0, 1) * ushort.MaxValue));
            return bytes;
        }
    }

    /// <summary>Whether the trace is kept although nothing in it failed or was slow.</summary>
    public bool Keeps(Spans.TraceId trace) => (ushort)trace.Value < BinaryPrimitives.ReadUInt16BigEndian(FirstNotKept) || Share >= 1;
}

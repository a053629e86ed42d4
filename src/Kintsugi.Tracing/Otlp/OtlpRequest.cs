using Kintsugi.Tracing.Spans;

namespace Kintsugi.Tracing.Otlp;

/// <summary>A span or log record where it lies in its request, not read yet.</summary>
internal readonly record struct OtlpItem(SpanSource Source, ReadOnlyMemory<byte> Bytes);

/// <summary>The spans or log records of one request. They are made into rows a part at a time, so that rows take little beside the request's own bytes.</summary>
/// <param name="span">Null for a request of log records; its result is null for a span that cannot be used.</param>
/// <param name="note">Null for a request of spans.</param>
internal sealed class OtlpRequest(IReadOnlyList<OtlpItem> items, Func<OtlpItem, SpanRow?>? span, Func<OtlpItem, SpanNote?>? note)
{
    /// <summary>A request of 20 MiB holds 50,000 spans of an agent.</summary>
    public const int MostItems = 200_000;

    /// <summary>As they are read for one commit.</summary>
    private const int MostOfAPart = 1_000;

    /// <summary>Log records are not bodies of rows: they are read as trees, of several times their size.</summary>
    private const int LongestRecord = 4 << 20;

    /// <summary>All rows, with bodies that lie in the request's bytes.</summary>
    /// <exception cref="InvalidDataException">One of them is no OTLP.</exception>
    public OtlpBatch Whole() => Read(items);

    /// <summary>The same in parts.</summary>
    /// <exception cref="InvalidDataException">One of them is no OTLP: told before the first part.</exception>
    public IEnumerable<OtlpBatch> Parts()
    {
        if (items.Count <= MostOfAPart) return [Whole()];
        for (var from = 0; from < items.Count; from += MostOfAPart) Read(Part(from));
        return Enumerable.Range(0, (items.Count + MostOfAPart - 1) / MostOfAPart).Select(n => Read(Part(n * MostOfAPart)));
    }

    public static InvalidDataException TooMany() => new($"The request holds more than {MostItems} spans or records. Send smaller batches.");

    private IEnumerable<OtlpItem> Part(int from) => items.Skip(from).Take(MostOfAPart);

    private OtlpBatch Read(IEnumerable<OtlpItem> part)
    {
        var (spans, notes, rejected) = (new List<SpanRow>(), new List<SpanNote>(), 0);
        foreach (var item in part)
        {
            if (span?.Invoke(item) is { } row) spans.Add(row);
            else if (note is not null && item.Bytes.Length <= LongestRecord && note(item) is { } record) notes.Add(record);
            else rejected++;
        }
        return new OtlpBatch(spans, notes, rejected);
    }
}

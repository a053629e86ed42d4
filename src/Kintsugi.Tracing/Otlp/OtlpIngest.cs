using Kintsugi.Storage;
using Kintsugi.Tracing.Spans;
using Kintsugi.Tracing.Store;
using Kintsugi.Tracing.Wire;
using Microsoft.AspNetCore.Http;

namespace Kintsugi.Tracing.Otlp;

/// <summary>From the bytes of a request to rows that are committed, whatever they came by.</summary>
public sealed class OtlpIngest(ISpanSink sink, IngestMemory memory, SpanRedaction redaction) : IDisposable
{
    /// <summary>Requests are read a part at a time, and few at once.</summary>
    private readonly SemaphoreSlim _reading = new(Environment.ProcessorCount);

    public IngestMemory Memory => memory;

    public void Dispose() => _reading.Dispose();

    /// <exception cref="RefusedException">429: what waits already is as much as may.</exception>
    internal void ThrowIfFull()
    {
        if (sink.IsFull) throw new RefusedException(StatusCodes.Status429TooManyRequests, SpanIntake.Full);
    }

    /// <returns>How many spans or records could not be used.</returns>
    /// <exception cref="RefusedException">400 for what is no OTLP, 429 when too much waits, 503 when the database refuses. Some of its spans may be committed all the same; they are the same when they come again.</exception>
    internal Task<int> TakeAsync(RequestBytes body, OtlpSignal signal, bool isJson, CancellationToken cancellationToken) => TakeAsync(body.Bytes, signal, isJson, cancellationToken);

    /// <inheritdoc cref="TakeAsync(RequestBytes, OtlpSignal, bool, CancellationToken)"/>
    internal Task<int> TakeAsync(byte[] protobuf, OtlpSignal signal, CancellationToken cancellationToken) => TakeAsync(protobuf, signal, isJson: false, cancellationToken);

    private async Task<int> TakeAsync(Memory<byte> body, OtlpSignal signal, bool isJson, CancellationToken cancellationToken)
    {
        var rejected = 0;
        using var parts = (await InTurnAsync(() =>
        {
            ThrowIfFull();
            return Read(body, signal, isJson).Parts();
        }, cancellationToken)).GetEnumerator();
        for (var isBegun = false; await InTurnAsync(parts.MoveNext, cancellationToken); isBegun = true)
        {
            await WriteAsync(parts.Current, isBegun, cancellationToken);
            rejected += parts.Current.Rejected;
        }
        return rejected;
    }

    private async Task<T> InTurnAsync<T>(Func<T> read, CancellationToken cancellationToken)
    {
        await _reading.WaitAsync(cancellationToken);
        try
        {
            return read();
        }
        catch (InvalidDataException e)
        {
            throw new RefusedException(StatusCodes.Status400BadRequest, e.Message);
        }
        finally
        {
            _reading.Release();
        }
    }

    private OtlpRequest Read(Memory<byte> body, OtlpSignal signal, bool isJson) => (signal, isJson) switch
    {
        (OtlpSignal.Traces, true) => OtlpJson.Traces(body, redaction),
        (OtlpSignal.Traces, false) => OtlpProtobuf.Traces(body, redaction),
        (_, true) => OtlpJson.Logs(body, redaction),
        _ => OtlpProtobuf.Logs(body, redaction),
    };

    private async Task WriteAsync(OtlpBatch batch, bool isBegun, CancellationToken cancellationToken)
    {
        try
        {
            if (!await sink.TryWriteAsync(batch.Spans, batch.Notes, isBegun, cancellationToken)) throw new RefusedException(StatusCodes.Status429TooManyRequests, SpanIntake.Full);
        }
        catch (StorageException e)
        {
            throw new RefusedException(StatusCodes.Status503ServiceUnavailable, e.Message);
        }
    }
}

internal enum OtlpSignal
{
    Traces,
    Logs,
}

using Kintsugi.Storage;
using Kintsugi.Tracing.Spans;
using Kintsugi.Tracing.Store;
using Kintsugi.Tracing.Wire;
using Microsoft.AspNetCore.Http;

namespace Kintsugi.Tracing.Otlp;

/// <summary>From the bytes of a request to rows that are committed, whatever they came by.</summary>
public sealed class OtlpIngest(SpanIntake intake, IngestMemory memory, SpanRedaction redaction) : IDisposable
{
    /// <summary>Rows take twice what their bytes do: those of few requests at a time, not of all that have been read.</summary>
    private readonly SemaphoreSlim _reading = new(Environment.ProcessorCount);

    public IngestMemory Memory => memory;

    public void Dispose() => _reading.Dispose();

    /// <exception cref="RefusedException">429: what waits already is as much as may.</exception>
    internal void ThrowIfFull()
    {
        if (intake.IsFull) throw new RefusedException(StatusCodes.Status429TooManyRequests, SpanIntake.Full);
    }

    /// <returns>How many spans or records could not be used.</returns>
    /// <exception cref="RefusedException">400 for what is no OTLP, 429 when too much waits, 503 when the database refuses.</exception>
    internal Task<int> TakeAsync(RequestBytes body, OtlpSignal signal, bool isJson, CancellationToken cancellationToken) =>
        TakeAsync(() => isJson ? Json(body.Bytes, signal) : Protobuf(body.Writable, signal), cancellationToken);

    /// <inheritdoc cref="TakeAsync(RequestBytes, OtlpSignal, bool, CancellationToken)"/>
    internal Task<int> TakeAsync(byte[] protobuf, OtlpSignal signal, CancellationToken cancellationToken) =>
        TakeAsync(() => Protobuf(protobuf, signal), cancellationToken);

    private async Task<int> TakeAsync(Func<OtlpBatch> read, CancellationToken cancellationToken)
    {
        await _reading.WaitAsync(cancellationToken);
        Task<int> written;
        try
        {
            ThrowIfFull();
            written = WriteAsync(read(), cancellationToken); // it waits in the intake, or is refused, when this returns
        }
        finally
        {
            _reading.Release();
        }
        return await written;
    }

    private OtlpBatch Json(ReadOnlyMemory<byte> body, OtlpSignal signal)
    {
        try
        {
            return signal == OtlpSignal.Traces ? OtlpJson.Traces(body, redaction) : OtlpJson.Logs(body, redaction);
        }
        catch (InvalidDataException e)
        {
            throw new RefusedException(StatusCodes.Status400BadRequest, e.Message);
        }
    }

    private OtlpBatch Protobuf(Span<byte> body, OtlpSignal signal)
    {
        try
        {
            return signal == OtlpSignal.Traces ? OtlpProtobuf.Traces(body, redaction) : OtlpProtobuf.Logs(body, redaction);
        }
        catch (InvalidDataException e)
        {
            throw new RefusedException(StatusCodes.Status400BadRequest, e.Message);
        }
    }

    private async Task<int> WriteAsync(OtlpBatch batch, CancellationToken cancellationToken)
    {
        try
        {
            if (!await intake.TryWriteAsync(batch.Spans, batch.Notes, cancellationToken))
                throw new RefusedException(StatusCodes.Status429TooManyRequests, SpanIntake.Full);
            return batch.Rejected;
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

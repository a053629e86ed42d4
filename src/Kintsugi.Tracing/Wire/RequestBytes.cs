using System.IO.Compression;
using Microsoft.AspNetCore.Http;
using ZstdSharp;
using ZstdSharp.Unsafe;

namespace Kintsugi.Tracing.Wire;

/// <summary>The body of a request, decompressed and whole. Dispose it to give its memory back.</summary>
/// <remarks>Read in steps that are paid for before they are taken, so that neither a length that lies nor a bomb takes more than its bound.</remarks>
public sealed class RequestBytes : IDisposable
{
    /// <summary>RFC 8878 §3.1.1.1.2: a decoder should take windows of 8 MiB, and may refuse larger ones.</summary>
    private const int LargestWindowLog = 23;

    private const int FirstStep = 16 << 10;

    private readonly IngestMemory _memory;
    private readonly int _mostBytes;
    private byte[] _buffer = [];

    private RequestBytes(IngestMemory memory, int mostBytes) => (_memory, _mostBytes) = (memory, mostBytes);

    /// <summary>They may be written over where something must not be kept.</summary>
    public Memory<byte> Bytes => _buffer.AsMemory(0, Length);

    public int Length { get; private set; }

    /// <param name="mostBytes">Of the decompressed body.</param>
    /// <exception cref="RefusedException">415 for an encoding that is not read, 413 past the bound, 429 when too much is under way, 400 for bytes that are no such encoding.</exception>
    public static async Task<RequestBytes> ReadAsync(HttpRequest request, IngestMemory memory, int mostBytes, CancellationToken cancellationToken)
    {
        var body = new RequestBytes(memory, mostBytes);
        try
        {
            await using var stream = Decompressed(request);
            body.Reserve((int)Math.Clamp(request.ContentLength ?? 0, FirstStep, mostBytes));
            for (int read; (read = await stream.ReadAsync(body._buffer.AsMemory(body.Length, Math.Min(body._buffer.Length, mostBytes) - body.Length), cancellationToken)) > 0;)
            {
                body.Length += read;
                if (body.Length == body._buffer.Length || body.Length == mostBytes) await body.GrowAsync(stream, cancellationToken);
            }
            return body;
        }
        catch (Exception e)
        {
            body.Dispose();
            if (e is InvalidDataException or ZstdException or EndOfStreamException)
                throw new RefusedException(StatusCodes.Status400BadRequest, $"The body is not what `content-encoding: {Shown(request)}` says.");
            if (e is BadHttpRequestException bad) throw new RefusedException(bad.StatusCode, bad.Message);
            throw;
        }
    }

    public void Dispose()
    {
        if (_buffer.Length > 0) _memory.Return(_buffer);
        (_buffer, Length) = ([], 0);
    }

    private static string Shown(HttpRequest request) => Storage.Shown.Word(request.Headers.ContentEncoding.ToString(), 40);

    private static Stream Decompressed(HttpRequest request)
    {
        switch (request.Headers.ContentEncoding.ToString().Trim().ToLowerInvariant())
        {
            case "" or "identity": return request.Body;
            case "gzip": return new GZipStream(request.Body, CompressionMode.Decompress);
            case "deflate": return new ZLibStream(request.Body, CompressionMode.Decompress);
            case "zstd":
                var zstd = new DecompressionStream(request.Body, leaveOpen: true);
                zstd.SetParameter(ZSTD_dParameter.ZSTD_d_windowLogMax, LargestWindowLog);
                return zstd;
            default:
                throw new RefusedException(StatusCodes.Status415UnsupportedMediaType, $"`content-encoding: {Shown(request)}` is not read. Send gzip, zstd, deflate or none.");
        }
    }

    // One byte more is asked for first: a body that ends here needs no more room.
    private async Task GrowAsync(Stream stream, CancellationToken cancellationToken)
    {
        var next = new byte[1];
        if (await stream.ReadAsync(next, cancellationToken) == 0) return;
        if (Length == _mostBytes) throw new RefusedException(StatusCodes.Status413PayloadTooLarge, $"The body is larger than {_mostBytes >> 20} MiB when decompressed. Send smaller batches.");
        Reserve((int)Math.Min(2L * Length, _mostBytes));
        _buffer[Length++] = next[0];
    }

    private void Reserve(int size)
    {
        var larger = _memory.TryRent(size, _buffer.Length) ?? throw new RefusedException(StatusCodes.Status429TooManyRequests, "Too much arrives at once. Send it again in a moment.");
        _buffer.AsSpan(0, Length).CopyTo(larger);
        if (_buffer.Length > 0) _memory.Return(_buffer);
        _buffer = larger;
    }
}

/// <summary>A request that is not taken, and what to answer.</summary>
public sealed class RefusedException(int status, string message) : Exception(message)
{
    public int Status => status;
}

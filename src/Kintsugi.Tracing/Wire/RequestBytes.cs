using System.Buffers.Binary;
using System.IO.Compression;
using Microsoft.AspNetCore.Http;
using ZstdSharp;
using ZstdSharp.Unsafe;

namespace Kintsugi.Tracing.Wire;

/// <summary>The body of a request, decompressed and whole. Dispose it to give its memory back.</summary>
/// <remarks>
/// Read in steps that are paid for before they are taken, so that neither a length that lies nor a bomb takes more than its bound. What is compressed is
/// read as it came and unpacked afterwards, few at a time and mostly into an array of the right size: arrays that grew while all were unpacked at once were 500 MB.
/// </remarks>
public sealed class RequestBytes : IDisposable
{
    /// <summary>RFC 8878 §3.1.1.1.2: a decoder should take windows of 8 MiB, and may refuse larger ones.</summary>
    private const int LargestWindowLog = 23;

    private const int FirstStep = 16 << 10;

    /// <summary>What texts are compressed by, where nothing tells.</summary>
    private const int UsualRatio = 4;

    private readonly IngestMemory _memory;
    private readonly int _mostBytes;
    private byte[] _buffer = [];

    private RequestBytes(IngestMemory memory, int mostBytes) => (_memory, _mostBytes) = (memory, mostBytes);

    /// <summary>They may be written over where something must not be kept.</summary>
    public Memory<byte> Bytes => _buffer.AsMemory(0, Length);

    public int Length { get; private set; }

    /// <summary>What it counts for, which is a little more than its length.</summary>
    public int TakenBytes => _buffer.Length;

    /// <param name="mostBytes">Of the decompressed body.</param>
    /// <exception cref="RefusedException">415 for an encoding that is not read, 413 past the bound, 429 when too much is under way, 400 for bytes that are no such encoding.</exception>
    public static async Task<RequestBytes> ReadAsync(HttpRequest request, IngestMemory memory, int mostBytes, CancellationToken cancellationToken)
    {
        var encoding = request.Headers.ContentEncoding.ToString().Trim().ToLowerInvariant();
        if (encoding is not ("" or "identity" or "gzip" or "deflate" or "zstd"))
            throw new RefusedException(StatusCodes.Status415UnsupportedMediaType, $"`content-encoding: {Shown(encoding)}` is not read. Send gzip, zstd, deflate or none.");
        var sent = new RequestBytes(memory, mostBytes);
        try
        {
            await sent.FillAsync(request.Body, request.ContentLength ?? 0, taken: 0, cancellationToken);
            return encoding is "" or "identity" ? sent : await UnpackedAsync(sent, encoding, cancellationToken);
        }
        catch (Exception e)
        {
            sent.Dispose();
            if (e is InvalidDataException or ZstdException or EndOfStreamException) throw new RefusedException(StatusCodes.Status400BadRequest, $"The body is not what `content-encoding: {Shown(encoding)}` says.");
            if (e is BadHttpRequestException bad) throw new RefusedException(bad.StatusCode, bad.Message);
            throw;
        }
    }

    public void Dispose()
    {
        if (_buffer.Length > 0) _memory.Return(_buffer);
        (_buffer, Length) = ([], 0);
    }

    private static string Shown(string encoding) => Storage.Shown.Word(encoding, 40);

    /// <summary>Gives back what was packed.</summary>
    private static async Task<RequestBytes> UnpackedAsync(RequestBytes packed, string encoding, CancellationToken cancellationToken)
    {
        var body = new RequestBytes(packed._memory, packed._mostBytes);
        await packed._memory.Unpacking.WaitAsync(cancellationToken);
        try
        {
            if (encoding != "zstd" || !body.TryUnpackAtOnce(packed))
            {
                await using var stream = Unpacking(packed, encoding);
                await body.FillAsync(stream, ExpectedLength(packed, encoding), packed._buffer.Length, cancellationToken);
            }
        }
        catch
        {
            body.Dispose();
            throw;
        }
        finally
        {
            packed._memory.Unpacking.Release();
        }
        packed.Dispose();
        return body;
    }

    private static Stream Unpacking(RequestBytes packed, string encoding)
    {
        var stream = new MemoryStream(packed._buffer, 0, packed.Length, writable: false);
        if (encoding == "gzip") return new GZipStream(stream, CompressionMode.Decompress);
        if (encoding == "deflate") return new ZLibStream(stream, CompressionMode.Decompress);
        var zstd = new DecompressionStream(stream, leaveOpen: false);
        zstd.SetParameter(ZSTD_dParameter.ZSTD_d_windowLogMax, LargestWindowLog);
        return zstd;
    }

    // A member of gzip ends with its length (RFC 1952 §2.3.1). It may lie: then the array grows, or was too large.
    private static long ExpectedLength(RequestBytes packed, string encoding)
    {
        var usual = (long)UsualRatio * packed.Length;
        return encoding == "gzip" && packed.Length > 4 && BinaryPrimitives.ReadUInt32LittleEndian(packed._buffer.AsSpan(packed.Length - 4)) is var told && told < packed._mostBytes ? told + 1 : usual;
    }

    /// <returns>False when its frames do not tell a length within the bound.</returns>
    private bool TryUnpackAtOnce(RequestBytes packed)
    {
        var from = packed.Bytes.Span;
        var bound = from.Length == 0 ? 0 : Decompressor.GetDecompressedSize(from);
        if (bound == 0 || bound > (ulong)_mostBytes) return false;
        Reserve((int)bound, packed._buffer.Length);
        using var zstd = new Decompressor();
        Length = zstd.Unwrap(from, _buffer.AsSpan(0, (int)bound));
        return true;
    }

    /// <param name="expected">How long it probably is.</param>
    /// <param name="taken">By this request, beside this.</param>
    private async Task FillAsync(Stream stream, long expected, int taken, CancellationToken cancellationToken)
    {
        Reserve((int)Math.Clamp(expected, FirstStep, _mostBytes), taken);
        for (int read; (read = await stream.ReadAsync(_buffer.AsMemory(Length, Math.Min(_buffer.Length, _mostBytes) - Length), cancellationToken)) > 0;)
        {
            Length += read;
            if (Length == _buffer.Length || Length == _mostBytes) await GrowAsync(stream, taken, cancellationToken);
        }
    }

    // One byte more is asked for first: a body that ends here needs no more room.
    private async Task GrowAsync(Stream stream, int taken, CancellationToken cancellationToken)
    {
        var next = new byte[1];
        if (await stream.ReadAsync(next, cancellationToken) == 0) return;
        if (Length == _mostBytes) throw new RefusedException(StatusCodes.Status413PayloadTooLarge, $"The body is larger than {_mostBytes >> 20} MiB when decompressed. Send smaller batches.");
        Reserve((int)Math.Min(2L * Length, _mostBytes), taken);
        _buffer[Length++] = next[0];
    }

    private void Reserve(int size, int taken)
    {
        var larger = _memory.TryRent(size, _buffer.Length + taken) ?? throw new RefusedException(StatusCodes.Status429TooManyRequests, "Too much arrives at once. Send it again in a moment.");
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

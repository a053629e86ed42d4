using System.Buffers;
using Kintsugi.Models.Providers;

namespace Kintsugi.Models.Gateway;

/// <summary>Passes a streamed answer on and keeps a copy.</summary>
internal sealed class StreamRelay(StreamSink sink, TimeProvider clock)
{
    private readonly ArrayBufferWriter<byte> _copy = new(4096);
    private ArrayBufferWriter<byte>? _original;
    private string _contentType = "text/event-stream";
    private long _lastAt;

    /// <summary>Whether the agent has the first bytes: from then on nobody else may answer.</summary>
    public bool IsStarted { get; private set; }

    /// <summary>The agent does not take what is there.</summary>
    public bool IsHeldUp { get; private set; }

    /// <summary>How long nothing has come, once something has.</summary>
    public TimeSpan Silence => clock.GetElapsedTime(_lastAt);

    public ModelAnswer Answer => new(200, _contentType, _copy.WrittenSpan.ToArray());

    public ReadOnlySpan<byte> Bytes => _copy.WrittenSpan;

    /// <summary>What the provider sent before it was translated, as far as <see cref="Keep"/> was told.</summary>
    public ReadOnlySpan<byte> OriginalBytes => _original is null ? [] : _original.WrittenSpan;

    /// <exception cref="HttpRequestException">The stream has grown beyond the bound of an answer.</exception>
    public ReadOnlyMemory<byte> Keep(ReadOnlyMemory<byte> original)
    {
        _original ??= new ArrayBufferWriter<byte>(4096);
        ThrowIfTooLarge(_original.WrittenCount + original.Length);
        _original.Write(original.Span);
        return original;
    }

    /// <exception cref="OperationCanceledException">The agent hung up.</exception>
    /// <exception cref="HttpRequestException">The stream has grown beyond the bound of an answer.</exception>
    public async ValueTask PassOnAsync(string contentType, ReadOnlyMemory<byte> chunk, CancellationToken cancellationToken)
    {
        if (chunk.IsEmpty) return;
        ThrowIfTooLarge(_copy.WrittenCount + chunk.Length);
        (IsStarted, IsHeldUp, _lastAt) = (true, true, clock.GetTimestamp());
        _contentType = contentType;
        _copy.Write(chunk.Span);
        try
        {
            await sink(contentType, chunk, cancellationToken);
            IsHeldUp = false;
        }
        catch (IOException e)
        {
            throw new OperationCanceledException("The agent hung up within a streamed answer.", e, cancellationToken);
        }
    }

    private static void ThrowIfTooLarge(int bytes)
    {
        if (bytes > HttpProvider.MaxAnswerBytes)
            throw new HttpRequestException(HttpRequestError.ConfigurationLimitExceeded, "The stream is larger than an answer may be.");
    }
}

namespace Kintsugi.Models;

/// <summary>Takes the bytes of a streamed answer as they arrive, in order and unchanged.</summary>
/// <param name="contentType">The provider's own, the same for every chunk of an answer.</param>
/// <param name="chunk">Valid only until the returned task ends.</param>
public delegate ValueTask StreamSink(string contentType, ReadOnlyMemory<byte> chunk, CancellationToken cancellationToken);

/// <summary>A provider that can hand on a streamed answer while it is still being written.</summary>
public interface IStreamingProvider : IModelProvider
{
    /// <summary>Asks once. Only a successful event stream goes to <paramref name="sink"/>; anything else is returned whole.</summary>
    /// <returns>Null when the answer went to the sink and came to its end.</returns>
    /// <exception cref="HttpRequestException">The service could not be reached, or broke off, perhaps after part of the answer went to the sink.</exception>
    Task<ModelAnswer?> RelayAsync(ModelRequest request, Draw draw, StreamSink sink, CancellationToken cancellationToken);
}

using Kintsugi.Tracing.Spans;

namespace Kintsugi.Tracing.Store;

/// <summary>Where spans go that have been read: to a store, or to the sample that an agent under evaluation is at work on.</summary>
public interface ISpanSink
{
    /// <summary>Whether nothing more can be taken at the moment: not worth reading a request for.</summary>
    bool IsFull { get; }

    /// <summary>Ends when all is where it is to be. Bodies lie in the sender's memory, which it gives back then: what is kept for longer is copied.</summary>
    /// <param name="isBegun">Of what belongs together something was taken before: this is taken however much waits.</param>
    /// <returns>False when too much waits already: nothing was taken, send it again later.</returns>
    /// <exception cref="Kintsugi.Storage.StorageException">The database refused it.</exception>
    Task<bool> TryWriteAsync(IReadOnlyList<SpanRow> spans, IReadOnlyList<SpanNote> notes, bool isBegun, CancellationToken cancellationToken);
}

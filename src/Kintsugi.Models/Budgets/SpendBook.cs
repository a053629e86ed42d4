using System.Threading.Channels;
using Kintsugi.Storage;
using Microsoft.Data.Sqlite;

namespace Kintsugi.Models.Budgets;

/// <summary>What was spent in scopes that outlive a process: a day, an incident. In the database, so that other processes know it and a later one remembers.</summary>
/// <remarks>
/// Writes are gathered for a moment, so a killed process forgets what it settled in its last 50 ms, and the calls that it had in flight.
/// A database that fails fails no call: what could not be stored is kept in memory and tried again; <see cref="FlushAsync"/> says so.
/// </remarks>
public sealed class SpendBook : IAsyncDisposable
{
    private static readonly TimeSpan GatheringTime = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan Fresh = TimeSpan.FromSeconds(1);

    private readonly Database _database;
    private readonly TimeProvider _clock;
    private readonly Lock _lock = new();
    private readonly Lock _disk = new(); // taken before the other: what was read must not be older than what was written since
    private readonly Dictionary<string, Page> _pages = new(StringComparer.Ordinal);
    private readonly Channel<bool> _changed = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private readonly CancellationTokenSource _closing = new();
    private readonly Task _writing;

    public SpendBook(Database database, TimeProvider clock)
    {
        _database = database;
        _clock = clock;
        _writing = Task.Run(WriteAsync);
    }

    /// <summary>By all processes, as far as was read, and by this one.</summary>
    public Spending Of(string scope)
    {
        lock (_lock) return _pages.GetValueOrDefault(scope) is { } page ? page.Stored + page.Unstored : default;
    }

    /// <summary>Counts from now on, and is stored soon.</summary>
    public void Add(string scope, Spending more)
    {
        lock (_lock) PageOf(scope).Unstored += more;
        _changed.Writer.TryWrite(true);
    }

    /// <summary>Reads what others have spent, unless that was done within the last second.</summary>
    /// <remarks>A database that cannot be read leaves what was known before.</remarks>
    public void Refresh(string scope)
    {
        lock (_lock)
            if (PageOf(scope).ReadAt is { } at && _clock.GetElapsedTime(at) < Fresh) return;
        lock (_disk)
        {
            var now = _clock.GetTimestamp();
            Spending? stored = null;
            try
            {
                using var connection = _database.Connect();
                stored = SpendTable.Read(connection, null, scope);
            }
            catch (SqliteException)
            {
                // the next write says what is wrong
            }
            lock (_lock) Note(scope, stored, now);
        }
    }

    /// <summary>Stores all that was added before.</summary>
    /// <exception cref="StorageException">It could not be stored.</exception>
    public Task FlushAsync(CancellationToken cancellationToken) => Task.Run(Store, cancellationToken);

    public async ValueTask DisposeAsync()
    {
        _changed.Writer.TryComplete();
        await _closing.CancelAsync();
        await _writing;
        _closing.Dispose();
    }

    private async Task WriteAsync()
    {
        while (await _changed.Reader.WaitToReadAsync())
        {
            await Task.Delay(GatheringTime, _clock, _closing.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing); // closing: at once
            _changed.Reader.TryRead(out _);
            try
            {
                Store();
            }
            catch (StorageException)
            {
                // nothing is lost: it is tried again with the next call, and by whoever flushes, who is told
            }
        }
    }

    private void Store()
    {
        lock (_disk)
        {
            List<KeyValuePair<string, Spending>> batch;
            lock (_lock) batch = [.. _pages.Where(p => p.Value.Unstored != default).Select(p => KeyValuePair.Create(p.Key, p.Value.Unstored))];
            if (batch.Count == 0) return;
            try
            {
                var sums = _database.Write(durable: false, (connection, transaction) =>
                    batch.ConvertAll(entry => SpendTable.Add(connection, transaction, entry.Key, entry.Value)));
                var now = _clock.GetTimestamp();
                lock (_lock)
                {
                    foreach (var (entry, sum) in batch.Zip(sums))
                    {
                        _pages[entry.Key].Unstored -= entry.Value;
                        Note(entry.Key, sum, now);
                    }
                }
            }
            catch (SqliteException e)
            {
                throw new StorageException("kintsugi.db", e);
            }
        }
    }

    private void Note(string scope, Spending? stored, long at)
    {
        var page = PageOf(scope);
        page.Stored = stored ?? page.Stored;
        page.ReadAt = at;
    }

    private Page PageOf(string scope)
    {
        if (!_pages.TryGetValue(scope, out var page)) _pages.Add(scope, page = new Page());
        return page;
    }

    private sealed class Page
    {
        public Spending Stored { get; set; }

        public Spending Unstored { get; set; }

        /// <summary>Timestamp of the clock; null before it was read first.</summary>
        public long? ReadAt { get; set; }
    }
}

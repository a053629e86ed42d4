using System.Collections.Concurrent;
using System.Threading.Channels;
using Kintsugi.Storage;
using Microsoft.Data.Sqlite;

namespace Kintsugi.Models.Cassettes;

/// <summary>The recordings of what models answered, in the database, with the newest of them in memory.</summary>
/// <remarks>
/// Writes are gathered for a moment and stored together, so a killed process loses the last of them: they are a saving, not the truth.
/// A database that fails does not fail a call; <see cref="FlushAsync"/> says so.
/// </remarks>
public sealed class Cassette : IAsyncDisposable
{
    private const int MostPerBatch = 256;
    private const long MostBytesInMemory = 2 * 1024 * 1024;

    private static readonly TimeSpan GatheringTime = TimeSpan.FromMilliseconds(50);

    private readonly Database _database;
    private readonly TimeProvider _clock;
    private readonly Redaction _redaction;
    private readonly ConcurrentDictionary<RecordingKey, Recording> _inMemory = new();
    private readonly Channel<Entry> _entries = Channel.CreateBounded<Entry>(new BoundedChannelOptions(512) { SingleReader = true });
    private readonly Task _writing;
    private readonly Lock _reading = new();
    private readonly Lock _holding = new();
    private SqliteConnection? _connection;
    private SqliteCommand? _finder;
    private long _bytesInMemory;
    private StorageException? _failure;

    /// <param name="redaction">Of what is stored; null for <see cref="Redaction.OfShapes"/>.</param>
    public Cassette(Database database, TimeProvider clock, CassetteMode mode = CassetteMode.Auto, Redaction? redaction = null)
    {
        _database = database;
        _clock = clock;
        Mode = mode;
        _redaction = redaction ?? Redaction.OfShapes;
        _writing = Task.Run(WriteAsync);
    }

    public CassetteMode Mode { get; }

    /// <summary>The recording that may answer.</summary>
    /// <returns>Null when none may, there is none, or the database cannot be read.</returns>
    public Recording? Recalled(RecordingKey key, Recall recall) => (Mode, recall.From) switch
    {
        (CassetteMode.Replay, _) => Find(key),
        (CassetteMode.Auto, { } from) => Find(key) is { } found && found.At >= from ? found : null,
        _ => null,
    };

    /// <returns>Null when there is none, or the database cannot be read.</returns>
    public Recording? Find(RecordingKey key)
    {
        if (_inMemory.TryGetValue(key, out var recording)) return recording;
        recording = FindOnDisk(key);
        if (recording is not null && Interlocked.Read(ref _bytesInMemory) < MostBytesInMemory) Hold(recording, replace: false);
        return recording;
    }

    /// <summary>All recordings of <paramref name="samples"/> of that kind, those made just now included, by sample, epoch and question.</summary>
    /// <exception cref="StorageException">Some of what was recorded since the last flush could not be stored.</exception>
    public async Task<IReadOnlyList<Recording>> ReadAsync(IReadOnlyCollection<string> samples, Func<Recording, bool> wanted, CancellationToken cancellationToken)
    {
        await FlushAsync(cancellationToken);
        using var connection = _database.Connect();
        return [.. RecordingTable.All(connection, samples).Where(wanted)];
    }

    /// <summary>Keeps a recording without its secrets, unless nothing is to be kept; it can be found from now on, and is stored soon.</summary>
    public ValueTask RecordAsync(Recording recording, CancellationToken cancellationToken)
    {
        if (Mode is CassetteMode.Live or CassetteMode.Replay) return ValueTask.CompletedTask;
        var redacted = _redaction.Apply(recording);
        Hold(redacted, replace: true);
        return _entries.Writer.WriteAsync(new Entry(redacted, null), cancellationToken);
    }

    /// <summary>Says why no recording answers: which one comes nearest, and where the two part.</summary>
    /// <param name="model">As the agent asked for it; empty for an upstream.</param>
    /// <param name="canonical">The question, as it is hashed.</param>
    /// <param name="route">The providers whose recordings may answer.</param>
    public string ExplainMiss(RecordingKey key, string model, ReadOnlyMemory<byte> canonical, IReadOnlyCollection<string> route)
    {
        try
        {
            using var connection = _database.Connect();
            return NearestRecording.Describe(connection, key, model, _redaction.Apply(canonical), route);
        }
        catch (SqliteException e)
        {
            _failure = Failure(e);
            return "the database of recordings cannot be read";
        }
    }

    /// <summary>Ends when all that was recorded before is stored.</summary>
    /// <exception cref="StorageException">Some of it could not be stored, or read, since the last flush.</exception>
    public async Task FlushAsync(CancellationToken cancellationToken)
    {
        var flushed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await _entries.Writer.WriteAsync(new Entry(null, flushed), cancellationToken);
        await flushed.Task.WaitAsync(cancellationToken);
        if (Interlocked.Exchange(ref _failure, null) is { } failure) throw failure;
    }

    public async ValueTask DisposeAsync()
    {
        _entries.Writer.TryComplete();
        await _writing;
        lock (_reading)
        {
            _finder?.Dispose();
            _connection?.Dispose();
        }
    }

    /// <param name="replace">False for one from disk, which must not take the place of one that is about to be stored.</param>
    private void Hold(Recording recording, bool replace)
    {
        lock (_holding)
        {
            if (_inMemory.TryGetValue(recording.Key, out var held))
            {
                if (!replace) return;
                _bytesInMemory -= SizeOf(held);
            }
            _inMemory[recording.Key] = recording;
            _bytesInMemory += SizeOf(recording);
        }
    }

    private Recording? FindOnDisk(RecordingKey key)
    {
        lock (_reading)
        {
            try
            {
                _connection ??= _database.Connect();
                _finder ??= RecordingTable.Finder(_connection);
                return RecordingTable.Find(_finder, key);
            }
            catch (SqliteException e)
            {
                _failure = Failure(e);
                return null;
            }
        }
    }

    private async Task WriteAsync()
    {
        var batch = new List<Recording>();
        while (await _entries.Reader.WaitToReadAsync())
        {
            var flushed = await GatherAsync(batch);
            Store(batch);
            Release(batch);
            batch.Clear();
            flushed?.SetResult();
        }
    }

    /// <summary>Fills <paramref name="batch"/> until it is full, its time is over, or a flush is asked for, which is returned.</summary>
    private async Task<TaskCompletionSource?> GatherAsync(List<Recording> batch)
    {
        using var over = new CancellationTokenSource(GatheringTime, _clock);
        try
        {
            while (batch.Count < MostPerBatch && await _entries.Reader.WaitToReadAsync(over.Token))
            {
                while (batch.Count < MostPerBatch && _entries.Reader.TryRead(out var entry))
                {
                    if (entry.Flushed is not null) return entry.Flushed;
                    batch.Add(entry.Recording!);
                }
            }
        }
        catch (OperationCanceledException)
        {
            return null; // the time is over: what there is, is the batch
        }
        return null;
    }

    private void Store(List<Recording> batch)
    {
        if (batch.Count == 0) return;
        try
        {
            _database.Write(durable: false, (connection, transaction) => RecordingTable.Write(connection, transaction, batch));
        }
        catch (SqliteException e)
        {
            _failure = Failure(e);
        }
    }

    /// <summary>Lets go of what is on disk once memory holds enough.</summary>
    private void Release(List<Recording> batch)
    {
        lock (_holding)
        {
            if (_bytesInMemory < MostBytesInMemory) return;
            foreach (var recording in batch)
                if (_inMemory.TryRemove(KeyValuePair.Create(recording.Key, recording))) _bytesInMemory -= SizeOf(recording);
        }
    }

    private static int SizeOf(Recording recording) => recording.Question.Length + recording.Answer.Body.Length + 512;

    private static StorageException Failure(SqliteException e) => new("kintsugi.db", e);

    /// <summary>A recording to store, or a flush to answer.</summary>
    private readonly record struct Entry(Recording? Recording, TaskCompletionSource? Flushed);
}

using System.Data.Common;
using System.Threading.Channels;
using Kintsugi.Storage;
using Microsoft.Data.Sqlite;

namespace Kintsugi.Evaluation.Running;

/// <summary>Writes the results of one run, many in a transaction, while the run goes on.</summary>
internal sealed class ResultWriter : IAsyncDisposable
{
    private const int MostInTransaction = 256;
    private static readonly TimeSpan GatheringTime = TimeSpan.FromMilliseconds(50); // so that one commit serves many rows

    private readonly Channel<SampleResult> _results = Channel.CreateBounded<SampleResult>(new BoundedChannelOptions(1024) { SingleReader = true });
    private readonly TaskCompletionSource _complete = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Database _database;
    private readonly string _runId;
    private readonly TimeProvider _clock;
    private readonly Task _writing;

    public ResultWriter(Database database, string runId, TimeProvider clock)
    {
        _database = database;
        _runId = runId;
        _clock = clock;
        _writing = Task.Run(WriteAsync);
    }

    /// <exception cref="StorageException">An earlier result could not be stored.</exception>
    public async ValueTask AddAsync(SampleResult result, CancellationToken cancellationToken)
    {
        try
        {
            await _results.Writer.WriteAsync(result, cancellationToken);
        }
        catch (ChannelClosedException)
        {
            await _writing;
            throw;
        }
    }

    /// <summary>Ends when all is stored.</summary>
    /// <exception cref="StorageException">Not all could be.</exception>
    public Task CompleteAsync()
    {
        Close();
        return _writing;
    }

    /// <summary>Stores what there is; of a failure only <see cref="CompleteAsync"/> tells.</summary>
    public async ValueTask DisposeAsync()
    {
        Close();
        await _writing.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private void Close()
    {
        _results.Writer.TryComplete();
        _complete.TrySetResult();
    }

    private async Task WriteAsync()
    {
        try
        {
            while (await _results.Reader.WaitToReadAsync())
            {
                await Task.WhenAny(_complete.Task, Task.Delay(GatheringTime, _clock));
                _database.Write(durable: false, WriteWaiting);
            }
        }
        catch (SqliteException e)
        {
            throw new StorageException("the results of a run", e);
        }
        finally
        {
            _results.Writer.TryComplete();
        }
    }

    private int WriteWaiting(SqliteConnection connection, DbTransaction transaction)
    {
        using var command = connection.CreateCommand();
        command.Transaction = (SqliteTransaction)transaction;
        command.CommandText = "insert or replace into result (run, sample, epoch, outcome, body) values ($run, $sample, $epoch, $outcome, $body)";
        command.Parameters.AddWithValue("$run", _runId);
        var sample = command.Parameters.Add("$sample", SqliteType.Text);
        var epoch = command.Parameters.Add("$epoch", SqliteType.Integer);
        var outcome = command.Parameters.Add("$outcome", SqliteType.Integer);
        var body = command.Parameters.Add("$body", SqliteType.Text);
        var count = 0;
        for (; count < MostInTransaction && _results.Reader.TryRead(out var result); count++)
        {
            (sample.Value, epoch.Value, outcome.Value) = (result.SampleId, result.Epoch, (int)result.Outcome);
            body.Value = StoredResult.Write(result);
            command.ExecuteNonQuery();
        }
        return count;
    }
}

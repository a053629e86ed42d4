using System.Globalization;
using Dapper;
using Kintsugi.Storage;

namespace Kintsugi.Evaluation.Running;

/// <summary>Runs and their results in the database. They can be made again, so a loss of power may take the last of them.</summary>
public sealed class ResultStore(Database database, TimeProvider clock)
{
    /// <summary>The run with all results that were stored, also of one that was cut short; null when there is none of that id.</summary>
    public EvalRun? Load(string runId)
    {
        using var connection = database.Connect();
        var run = connection.QuerySingleOrDefault<(string Purpose, string StartedAt, string? EndedAt)>(
            "select purpose, started_at, ended_at from eval_run where id = @runId", new { runId });
        if (run.Purpose is null) return null;
        var results = connection
            .Query<(string Sample, long Epoch, long Outcome, string Body)>(
                "select sample, epoch, outcome, body from result where run = @runId order by sample, epoch", new { runId })
            .Select(r => StoredResult.Read(r.Sample, (int)r.Epoch, (Outcome)r.Outcome, r.Body))
            .ToList();
        var cost = results.Aggregate(RunCost.None, (sum, r) => sum + r.Cost);
        var duration = run.EndedAt is null ? TimeSpan.Zero : Time(run.EndedAt) - Time(run.StartedAt);
        var startFailure = results.Count > 0 && results.TrueForAll(r => r.Error?.Type == AgentError.Start) ? results[0].Error!.Message : null;
        return new EvalRun(runId, run.Purpose, results, cost, duration, startFailure);
    }

    /// <summary>The last finished run of an agent for one purpose; null when there is none.</summary>
    public EvalRun? Last(string agent, string purpose)
    {
        using var connection = database.Connect();
        var id = connection.QueryFirstOrDefault<string>(
            "select id from eval_run where agent = @agent and purpose = @purpose and ended_at is not null order by started_at desc limit 1", new { agent, purpose });
        return id is null ? null : Load(id);
    }

    /// <summary>The last run of a version for one purpose that had finished by then; null when there is none.</summary>
    public EvalRun? Last(string agent, string purpose, string commit, DateTimeOffset by)
    {
        using var connection = database.Connect();
        var id = connection.QueryFirstOrDefault<string>(
            "select id from eval_run where agent = @agent and purpose = @purpose and commit_id = @commit and ended_at <= @by order by ended_at desc limit 1",
            new { agent, purpose, commit, by = Text(by) });
        return id is null ? null : Load(id);
    }

    /// <summary>The commits of an agent that were run whole, with when each was run first and last, newest first.</summary>
    public IReadOnlyList<(string Commit, DateTimeOffset First, DateTimeOffset Last)> Commits(string agent, int limit)
    {
        using var connection = database.Connect();
        return [.. connection
            .Query<(string Commit, string First, string Last)>(
                """
                select commit_id, min(started_at), max(started_at) from eval_run where agent = @agent and purpose in ('eval', 'replay', 'bless', 'detect')
                group by commit_id order by max(started_at) desc limit @limit
                """, new { agent, limit })
            .Select(r => (r.Commit, Time(r.First), Time(r.Last)))];
    }

    /// <summary>Notes that a run began, and takes its results from now on.</summary>
    internal ResultWriter Begin(string runId, EvalRequest request)
    {
        database.Write(durable: false, (connection, transaction) => connection.Execute(
            "insert into eval_run (id, agent, commit_id, manifest, purpose, started_at) values (@Id, @Agent, @Commit, @Manifest, @Purpose, @At)",
            new { Id = runId, Agent = request.Agent.Name, request.Version.Commit, Manifest = request.Version.Tree, request.Purpose, At = Now() },
            transaction));
        return new ResultWriter(database, runId, clock);
    }

    internal void End(string runId) => database.Write(durable: false, (connection, transaction) => connection.Execute(
        "update eval_run set ended_at = @At where id = @Id", new { Id = runId, At = Now() }, transaction));

    private string Now() => Text(clock.GetUtcNow());

    // In UTC and of one length, so that texts are in the order of times.
    private static string Text(DateTimeOffset time) => time.ToUniversalTime().ToString("O", CultureInfo.InvariantCulture);

    private static DateTimeOffset Time(string text) => DateTimeOffset.Parse(text, CultureInfo.InvariantCulture);
}

using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Dapper;
using Kintsugi.Evaluation.Scorers;
using Kintsugi.Storage;
using Kintsugi.Tracing;
using Kintsugi.Tracing.LangSmith;

namespace Kintsugi.Evaluation.Running;

/// <summary>Experiments of LangSmith's `evaluate` as runs of ours.</summary>
/// <remarks>They carry no inputs, scorers or versions that could be compared with a run of our own, so they are shown and never decide.</remarks>
/// <param name="agent">Whose experiments they are.</param>
public sealed class ExperimentRuns(Database database, string agent)
{
    /// <summary>The <see cref="EvalRun.Purpose"/> of all of them.</summary>
    public const string Purpose = "experiment";

    /// <summary>An answer without error that nobody has scored says nothing yet and is left out. The epochs of a sample are its runs in the order in which they began.</summary>
    public static EvalRun Of(Experiment experiment)
    {
        var results = experiment.Runs.Where(run => run.Error is not null || run.Scores.Any(Decides))
            .GroupBy(run => run.Example).SelectMany(sample => sample.Select((run, i) => Of(run, epoch: i + 1))).ToList();
        var spans = experiment.Runs.Select(run => run.Root).ToList();
        var duration = spans.Count == 0 ? 0 : spans.Max(s => s.StartNs + (s.DurationNs ?? 0)) - spans.Min(s => s.StartNs);
        return new EvalRun(Id(experiment), Purpose, results, results.Aggregate(RunCost.None, (sum, r) => sum + r.Cost), Time(duration), StartFailure: null);
    }

    /// <summary>Writes what there is of it, over what there was.</summary>
    public Task StoreAsync(Experiment experiment, CancellationToken cancellationToken)
    {
        var run = Of(experiment);
        var began = DateTimeOffset.UnixEpoch + Time(experiment.Runs.Count == 0 ? 0 : experiment.Runs.Min(r => r.Root.StartNs));
        var row = new
        {
            run.Id,
            agent,
            commit = experiment.Metadata["revision_id"] is JsonValue revision && revision.TryGetValue<string>(out var text) ? text : "",
            Purpose,
            began = Text(began),
            ended = Text(began + run.Duration),
        };
        cancellationToken.ThrowIfCancellationRequested();
        database.Write(durable: false, (connection, transaction) =>
        {
            connection.Execute(
                $"""
                insert into eval_run (id, agent, commit_id, manifest, purpose, started_at, ended_at) values (@Id, @agent, @commit, '', @Purpose, @began, @ended)
                on conflict (id) do update set agent = @agent, commit_id = @commit, {(experiment.Samples is null ? "started_at = @began, ended_at = @ended" : "started_at = min(started_at, @began), ended_at = max(ended_at, @ended)")}
                """, row, transaction);
            if (experiment.Samples is null) connection.Execute("delete from result where run = @Id", row, transaction);
            else connection.Execute("delete from result where run = @Id and sample = @sample", experiment.Samples.Select(s => new { run.Id, sample = s.ToString() }), transaction);
            return connection.Execute(
                "insert into result (run, sample, epoch, outcome, body) values (@run, @SampleId, @Epoch, @Outcome, @body)",
                run.Results.Select(ResultBounds.Cut).Select(r => new { run = run.Id, r.SampleId, r.Epoch, Outcome = (int)r.Outcome, body = StoredResult.Write(r) }), transaction);
        });
        return Task.CompletedTask;
    }

    private static string Id(Experiment experiment) => $"langsmith-{experiment.Id}";

    private static SampleResult Of(ExperimentRun run, int epoch)
    {
        List<Score> scores = [.. run.Scores.Where(s => s.Value is not null).Select(Of)];
        var passed = run.Error is null && scores.TrueForAll(s => s.Passed || s.Advisory);
        return new SampleResult(
            run.Example.ToString(), epoch, passed ? Outcome.Passed : Outcome.Failed, run.Output.Length == 0 ? null : JsonSerializer.Deserialize<JsonElement>(run.Output.Span, Deep),
            run.Error is { } error ? new AgentError("run", error) : null, WorldFault: null, scores, Time(run.Root.DurationNs ?? 0), new RunCost(1, run.ModelCalls, run.ModelCalls, run.Tokens, Usd: null), Trajectory.Empty);
    }

    private static readonly JsonSerializerOptions Deep = new() { MaxDepth = 256 };

    /// <summary>A score outside of [0, 1] is on a scale of its own: it is shown, cut to ours, and decides nothing.</summary>
    private static Score Of(ExperimentScore score) =>
        new(score.Key, Math.Clamp(score.Value!.Value, 0, 1), score.Value >= 1, score.Comment.Length > 0 ? score.Comment : $"{score.Key} said {score.Value.Value.ToString(CultureInfo.InvariantCulture)}.") { Advisory = !Decides(score) };

    private static bool Decides(ExperimentScore score) => score is { IsEvaluators: true, Value: >= 0 and <= 1 };

    private static TimeSpan Time(long ns) => TimeSpan.FromTicks(ns / 100);

    private static string Text(DateTimeOffset time) => time.ToUniversalTime().ToString("O", CultureInfo.InvariantCulture);
}

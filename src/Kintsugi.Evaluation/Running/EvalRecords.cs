using System.Text.Json;
using Kintsugi.Evaluation.Agents;
using Kintsugi.Evaluation.Datasets;
using Kintsugi.Evaluation.Scorers;
using Kintsugi.Models;
using Kintsugi.Tracing;

namespace Kintsugi.Evaluation.Running;

/// <summary>How one sample x epoch ended. Stored: only ever appended to.</summary>
public enum Outcome
{
    Failed = 0,
    Passed = 1,

    /// <summary>The world failed (provider down, sandbox lost), so the run says nothing about the agent and leaves every denominator.</summary>
    World = 2,
}

/// <summary>An error that the agent reported or suffered: a result, as a wrong answer is.</summary>
/// <param name="Type">The agent's own word, or `timeout`, `exited`, `bad_answer`, `limit`, `start`.</param>
public sealed record AgentError(string Type, string Message)
{
    /// <summary>The type of every result of a run whose agent did not start.</summary>
    public const string Start = "start";
}

/// <summary>What one sample x epoch gave.</summary>
/// <param name="Output">Null when the agent gave none.</param>
/// <param name="WorldFault">What of the world failed, when <see cref="Outcome"/> is World.</param>
public sealed record SampleResult(
    string SampleId, int Epoch, Outcome Outcome, JsonElement? Output, AgentError? Error, string? WorldFault,
    IReadOnlyList<Score> Scores, TimeSpan Duration, RunCost Cost, Trajectory Trajectory);

/// <summary>What runs cost. Adds up.</summary>
/// <param name="LiveModelCalls">Those of <paramref name="ModelCalls"/> that a provider answered, not a recording.</param>
/// <param name="Usd">Null as soon as one price was unknown.</param>
public sealed record RunCost(int AgentRuns, int ModelCalls, int LiveModelCalls, long Tokens, decimal? Usd)
{
    public static readonly RunCost None = new(0, 0, 0, 0, 0m);

    public static RunCost operator +(RunCost a, RunCost b) => new(
        a.AgentRuns + b.AgentRuns, a.ModelCalls + b.ModelCalls, a.LiveModelCalls + b.LiveModelCalls, a.Tokens + b.Tokens, a.Usd + b.Usd);

    public static RunCost Add(RunCost left, RunCost right) => left + right;
}

/// <summary>What to run.</summary>
/// <param name="Plan">Samples, each with the epochs it runs in. Epoch numbers are draws: equal numbers with <see cref="Recall.Recorded"/> may be answered from recordings.</param>
/// <param name="Purpose">`detect`, `bless`, `confirm`, `search`, `accept`, … for the store and the report.</param>
public sealed record EvalRequest(
    AgentDefinition Agent, LaidOutVersion Version, IReadOnlyList<PlannedSample> Plan, Recall Recall, string Purpose)
{
    /// <summary>What follows on <see cref="Plan"/>.</summary>
    public EvalCourse Course { get; init; } = EvalCourse.None;
}

/// <summary>What follows on a first plan, one plan after the other, by what has run.</summary>
/// <param name="Next">Given all results so far, what runs next; null ends the run.</param>
/// <param name="MostAfterwards">Runs that follow at most, for the progress.</param>
public sealed record EvalCourse(Func<IReadOnlyList<SampleResult>, IReadOnlyList<PlannedSample>?> Next, int MostAfterwards)
{
    public static readonly EvalCourse None = new(_ => null, 0);
}

public sealed record PlannedSample(Sample Sample, IReadOnlyList<int> Epochs);

/// <summary>A finished run.</summary>
/// <param name="StartFailure">Why the agent did not start (its exit code and last lines of standard error), when no sample could run for that reason; every planned epoch is then failed.</param>
public sealed record EvalRun(string Id, string Purpose, IReadOnlyList<SampleResult> Results, RunCost Cost, TimeSpan Duration, string? StartFailure)
{
    private const int MostModels = 20;

    /// <summary>Names of the models that answered, as they call themselves, in order.</summary>
    public IReadOnlyList<string> ModelsThatAnswered() =>
        [.. Results.SelectMany(r => r.Trajectory.ModelCalls).Where(c => c.Fault is null && c.Refusal is null).Select(c => c.ServedModel ?? c.Model).Distinct(StringComparer.Ordinal).Take(MostModels).Order(StringComparer.Ordinal)];

    /// <summary>Both as one, by the later one's id.</summary>
    public EvalRun And(EvalRun later) => later with
    {
        Results = [.. Results, .. later.Results],
        Cost = Cost + later.Cost,
        Duration = Duration + later.Duration,
        StartFailure = StartFailure ?? later.StartFailure,
    };
}

/// <summary>For the progress display.</summary>
public sealed record EvalProgress(int Done, int Total, int Passed, int Failed, int World, TimeSpan Elapsed);

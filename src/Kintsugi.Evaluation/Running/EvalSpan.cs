using System.Diagnostics;
using System.Text;
using Kintsugi.Evaluation.Agents;
using Kintsugi.Evaluation.Datasets;
using Kintsugi.Evaluation.Running.Protocols;
using Kintsugi.Evaluation.Scorers;
using Kintsugi.Storage;

namespace Kintsugi.Evaluation.Running;

/// <summary>Evaluations, their runs and samples as spans, for a team's own screens. Costs nothing while nobody listens.</summary>
/// <remarks>
/// A held-out sample has no span: it is in the counts of its run, and its model calls are that run's. Questions, answers and what scorers say, which quotes them,
/// are told only where they are asked for. Source: OpenTelemetry semantic conventions, GenAI agent spans and the event `gen_ai.evaluation.result` (names of 2026).
/// </remarks>
public static class EvalSpan
{
    /// <summary>Name of the source, for a listener or an exporter.</summary>
    public const string SourceName = "Kintsugi.Evaluation";

    internal const int LongestReason = 500, LongestContent = 4_000;

    private const int LongestName = 200;

    private static readonly ActivitySource Source = new(SourceName);

    /// <summary>Begins an evaluation, of whose runs a verdict comes. Its runs are its children.</summary>
    /// <param name="baseline">The blessed commit; null where there is none to be held against.</param>
    public static Activity? StartEvaluation(AgentDefinition agent, string commit, string purpose, string? baseline) =>
        Of(Source.StartActivity($"evaluate {Name(agent.Name)}"), agent, commit, purpose)?.SetTag("kintsugi.baseline", baseline);

    /// <summary>Says what came of an evaluation.</summary>
    /// <param name="verdict">Its kind; null without a baseline.</param>
    public static void Tell(Activity? evaluation, EvalRun run, string? verdict)
    {
        if (evaluation is null) return;
        if (verdict is not null) evaluation.SetTag("kintsugi.verdict", verdict);
        Count(evaluation, run.Results, run.Cost);
    }

    internal static Activity? Start(EvalRequest request, string run) =>
        Of(Source.StartActivity($"run {Name(request.Agent.Name)}"), request.Agent, request.Version.Commit, request.Purpose)?.SetTag("kintsugi.run", run);

    internal static void Tell(Activity? span, EvalRun run)
    {
        if (span is null) return;
        Count(span, run.Results, run.Cost);
        if (run.StartFailure is not null) Fail(span, AgentError.Start);
    }

    /// <returns>Null for a held-out sample.</returns>
    internal static Activity? Start(EvalRequest request, Sample sample, int epoch)
    {
        if (sample.HeldOut || !Source.HasListeners()) return null;
        return Source.StartActivity($"invoke_agent {Name(request.Agent.Name)}")
            ?.SetTag("gen_ai.operation.name", "invoke_agent").SetTag("gen_ai.agent.name", Name(request.Agent.Name))
            .SetTag("kintsugi.sample", Name(sample.Id)).SetTag("kintsugi.epoch", epoch);
    }

    /// <param name="withContent">Whether input, output and the scorers' reasons go with it.</param>
    internal static void Tell(Activity? span, Sample sample, SampleResult result, bool withContent)
    {
        if (span is null) return;
        span.SetTag("kintsugi.outcome", result.Outcome.ToString().ToLowerInvariant());
        if (result.Cost.Usd is { } usd) span.SetTag("kintsugi.cost_usd", (double)usd);
        if ((result.Error?.Type ?? (result.Outcome == Outcome.World ? "world" : null)) is { } error) Fail(span, Name(error));
        if (withContent)
        {
            span.SetTag("input.value", Content(sample.Input.GetRawText(), LongestContent));
            if (result.Output is { } output) span.SetTag("output.value", Content(output.GetRawText(), LongestContent));
        }
        foreach (var score in result.Scores) span.AddEvent(Event(score, withContent));
    }

    private static ActivityEvent Event(Score score, bool withContent)
    {
        var tags = new ActivityTagsCollection
        {
            ["gen_ai.evaluation.name"] = Name(score.Scorer),
            ["gen_ai.evaluation.score.value"] = score.Value,
            ["gen_ai.evaluation.score.label"] = score.Passed ? "pass" : "fail",
        };
        if (score.Advisory) tags["kintsugi.advisory"] = true;
        if (withContent) tags["gen_ai.evaluation.explanation"] = Content(score.Reason, LongestReason);
        return new ActivityEvent("gen_ai.evaluation.result", tags: tags);
    }

    private static Activity? Of(Activity? span, AgentDefinition agent, string commit, string purpose) =>
        span?.SetTag("gen_ai.agent.name", Name(agent.Name)).SetTag("kintsugi.commit", commit).SetTag("kintsugi.purpose", purpose);

    private static void Count(Activity span, IReadOnlyList<SampleResult> results, RunCost cost)
    {
        foreach (var outcome in Enum.GetValues<Outcome>())
            span.SetTag($"kintsugi.runs.{outcome.ToString().ToLowerInvariant()}", results.Count(r => r.Outcome == outcome));
        span.SetTag("kintsugi.model_calls", cost.ModelCalls).SetTag("kintsugi.tokens", cost.Tokens);
        if (cost.Usd is { } usd) span.SetTag("kintsugi.cost_usd", (double)usd);
    }

    private static void Fail(Activity span, string error) => span.SetTag("error.type", error).SetStatus(ActivityStatusCode.Error);

    private static string Name(string text) => Shown.Word(text, LongestName);

    /// <summary>Cut, without control characters and without what looks like a key.</summary>
    internal static string Content(string text, int longest)
    {
        var bytes = Encoding.UTF8.GetBytes(Excerpt.Of(text, 2 * longest)); // a key at the cut is blotted whole before it is cut
        KeyShapes.Blot(bytes);
        return Excerpt.Of(Encoding.UTF8.GetString(bytes), longest);
    }
}

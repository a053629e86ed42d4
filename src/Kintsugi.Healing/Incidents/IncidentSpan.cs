using System.Diagnostics;

namespace Kintsugi.Healing.Incidents;

/// <summary>The course of an incident as spans: one of each step, within one of the whole. Costs nothing while nobody listens.</summary>
/// <remarks>Which step, and what came of it, by our own words alone: no diff, no opinion and no sample is on them.</remarks>
public static class IncidentSpan
{
    /// <summary>Name of the source, for a listener or an exporter.</summary>
    public const string SourceName = "Kintsugi.Healing";

    private static readonly ActivitySource Source = new(SourceName);

    internal static Activity? Start(IncidentState state) =>
        Source.StartActivity("heal")?.SetTag("kintsugi.incident", state.Incident)
            .SetTag("gen_ai.agent.name", Storage.Shown.Word(state.Opened.Agent, 200)).SetTag("kintsugi.commit", state.Head.Id);

    internal static Activity? Start(Step step) => Source.StartActivity($"heal {Words.Snake(step.Stage)}")?.SetTag("kintsugi.stage", Words.Snake(step.Stage));

    internal static void Tell(Activity? span, IncidentEvent happened)
    {
        if (span is null) return;
        span.SetTag("kintsugi.event", IncidentEventCodec.NameOf(happened));
        if (OutcomeOf(happened) is { } outcome) span.SetTag("kintsugi.outcome", outcome);
        if (happened.Cost.Usd is { } usd) span.SetTag("kintsugi.cost_usd", (double)usd);
        if (happened is WorldFailed) span.SetTag("error.type", "world").SetStatus(ActivityStatusCode.Error);
    }

    private static string? OutcomeOf(IncidentEvent happened) => happened switch
    {
        Looked looked => Words.Snake(looked.Verdict.Kind),
        PairsRun pairs => pairs.Confirmed ? "confirmed" : "not_confirmed",
        TrialRun trial => Words.Snake(trial.Outcome),
        Diagnosed diagnosed => Words.Snake(diagnosed.Diagnosis.Cause),
        Decided decided => Words.Snake(decided.Decision.Action),
        AttemptMade made => made.Attempt.Passed ? "passed" : made.Attempt.InDoubt ? "in_doubt" : "failed",
        Closed closed => Words.Snake(closed.Outcome),
        _ => null,
    };
}

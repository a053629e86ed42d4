using System.Text.Encodings.Web;
using System.Text.Json;
using Kintsugi.Evaluation.Datasets;
using Kintsugi.Evaluation.Running;
using Kintsugi.Healing.Review;
using Kintsugi.Models;

namespace Kintsugi.Healing.Incidents.Steps;

/// <summary>What a model may be shown of a regression, whatever it is asked: cut, and without held-out samples.</summary>
/// <remarks>
/// Strangers' words (code, commit messages, inputs, answers, what earlier writers said) stand in strings of one JSON document, which they cannot leave,
/// and our rules say what that document is. That keeps data apart from instructions; it does not keep a model from being persuaded by what it reads. What
/// a persuaded model can do is what its tools let it, and what it says or writes is judged like any other.
/// </remarks>
internal static class CaseView
{
    public const int MostHunks = 20, LongestText = 2_000;

    private const int MostSamples = 5, MostLines = 60, LongestLine = 300, LongestMessage = 4_000;

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        WriteIndented = true,
    };

    public static string Write(object data) => JsonSerializer.Serialize(data, Json);

    public static IEnumerable<string> Lines(IReadOnlyList<string> lines) => lines.Take(MostLines).Select(l => StrangersText.CodeLine(l, LongestLine));

    /// <summary>What one sample was asked, should have answered and answered.</summary>
    public static object Of(FailureTrace trace) => new
    {
        Sample = trace.SampleId,
        trace.Input,
        Expected = trace.Target,
        Answered = trace.HeadOutput,
        trace.Error,
        Scores = trace.Scores.Take(MostLines),
        Steps = trace.Steps.Take(MostLines),
    };

    /// <summary>What was tried and what came of it; without why an agent did not start, since it may print what it was asked, held-out samples too.</summary>
    public static IEnumerable<string> Evidence(IncidentState state) =>
        state.Diagnosed!.Diagnosis.Evidence.Where(e => state.Looks[^1].StartFailure is not { } why || !e.Contains(why, StringComparison.Ordinal));

    /// <summary>Failing visible samples as head answers them: recordings may tell, since nothing is decided by it.</summary>
    /// <param name="purpose">Of the run.</param>
    /// <param name="remedy">What to do where the world fails.</param>
    /// <exception cref="WorldFailedException">It did.</exception>
    public static async Task<EvalRun> FailuresAsync(IncidentState state, HealContext context, string purpose, string remedy, CancellationToken cancellationToken)
    {
        List<Sample> samples = [.. LookRunner.Suspects(state.Looks[^1]).Take(MostSamples).Select(c => context.SampleOf(c.SampleId))];
        if (samples.Count == 0) return new EvalRun("", purpose, [], RunCost.None, TimeSpan.Zero, null);
        var run = await context.Stand.RunAsync(context.HeadVersion, samples, Draws.Look(0, 1), Recall.Recorded, purpose, cancellationToken);
        return LookRunner.SaysNothing(run) ? throw LookRunner.Down(run, remedy) : run;
    }

    public static async Task<string> MessageAsync(Triage.CommitView commit, HealContext context, CancellationToken cancellationToken) =>
        StrangersText.Block(await context.Git.MessageAsync(commit.Id, cancellationToken), MostLines, LongestMessage);

    public static async Task<IReadOnlyList<string>> MessagesAsync(IReadOnlyList<Triage.CommitView> commits, HealContext context, CancellationToken cancellationToken)
    {
        List<string> messages = [];
        foreach (var commit in commits.Take(MostSamples)) messages.Add(await MessageAsync(commit, context, cancellationToken));
        return messages;
    }
}

using System.Globalization;
using System.Text.Json;
using Kintsugi.Evaluation.Datasets;
using Kintsugi.Evaluation.Detection;
using Kintsugi.Evaluation.Running;
using Kintsugi.Healing.Repair;
using Kintsugi.Healing.Review;
using Kintsugi.Healing.Triage;

namespace Kintsugi.Healing.Incidents.Steps;

/// <summary>Holds a fix against the last good version on inputs that nobody wrote a target for: what is mended only for the samples at hand shows there.</summary>
/// <remarks>
/// The last good version's first answer stands in for the target. Inputs that the fix answers otherwise are suspects only, since an agent may differ from itself: both versions are
/// asked those anew, and an exact test says whether the fix differs from that answer more often than the last good version does. So a fix that behaves like it is refused at most once in 1/alpha
/// attempts, however noisy the agent, and in an agent without noise one differing input is enough. A fix may also answer as head without the culprit does, for the rest of the change may
/// be meant.
/// </remarks>
/// <param name="attempt">Each attempt is asked other inputs: its writer may know those of the attempts before.</param>
internal sealed class DifferentialTest(IncidentState state, HealContext context, int attempt, bool isForeign)
{
    public const string Name = "differential test";

    /// <summary>Inputs, each answered once by either version; then so many suspects, so often: many inputs tell more than many runs of few.</summary>
    private const int Inputs = 48, ScreenRuns = 1, MostSuspects = 12, ConfirmRuns = 5;

    private const double Alpha = 0.01;

    private const int MostShown = 3, LongestShown = 200;

    /// <summary>What its runs have cost.</summary>
    public RunCost Cost { get; private set; } = RunCost.None;

    /// <param name="rest">Puts head without the culprit on the tip; gives null where there is no such version. Asked only where the fix differs.</param>
    /// <exception cref="WorldFailedException">A run says nothing.</exception>
    public async Task<Check> RunAsync(StandVersion fix, Func<CancellationToken, Task<StandVersion?>> rest, CancellationToken cancellationToken)
    {
        if (context.Agent.Upstreams.FirstOrDefault(u => u.Methods.Any(m => m is not ("GET" or "HEAD"))) is { } writable)
            return Undecided($"not made: by {writable.Name} the agent may change the world, and nobody wrote these inputs");

        if (state.Diagnosed is { Diagnosis.Cause: Cause.ModelDrift }) return Undecided("not made: the model has changed, so the last good version itself answers otherwise now");

        var generated = Generated();
        var answered = await ReferenceAsync(context.BaseVersion, generated, Side.Base, cancellationToken);
        if (answered.Count == 0) return Undecided("not made: the last good version answers none of the inputs that could be made");
        var screened = await DisagreementsAsync(fix, answered, Draws.Differ(attempt, (int)Side.Fix, 0, ScreenRuns), cancellationToken);
        answered = [.. answered.Where(a => screened[a.Sample.Id].Runs > 0)]; // what the world spoiled was not compared
        var otherwise = answered.Where(a => screened[a.Sample.Id].Disagreed > 0).ToList();
        var suspects = otherwise.Take(MostSuspects).ToList();
        if (suspects.Count == 0) return new Check(Name, true, $"the fix answers {answered.Count} inputs that nobody wrote a target for as the last good version does");

        var (again, now) = (Draws.Differ(attempt, (int)Side.Base, 1, ConfirmRuns), Draws.Differ(attempt, (int)Side.Fix, ScreenRuns, ConfirmRuns));
        var theirs = await DisagreementsAsync(context.BaseVersion, suspects, again, cancellationToken);
        var ours = await DisagreementsAsync(fix, suspects, now, cancellationToken);
        var p = PValue(suspects, theirs, ours);
        if (p > Alpha)
        {
            var words = string.Create(CultureInfo.InvariantCulture, $"{otherwise.Count} of {answered.Count} inputs that nobody wrote a target for are answered otherwise now and then");
            return 2 * otherwise.Count > answered.Count && suspects.TrueForAll(s => 2 * theirs[s.Sample.Id].Disagreed > theirs[s.Sample.Id].Runs)
                ? Undecided($"{words}, and the last good version does not repeat its own answers there")
                : new Check(Name, true, $"{words}, no more often than the last good version differs from itself ({Evaluation.Detection.PValue.InWords(p)})");
        }

        var differing = suspects.Where(s => ours[s.Sample.Id].Disagreed > theirs[s.Sample.Id].Disagreed).ToList();
        var said = $"{differing.Count} of {answered.Count} inputs that nobody wrote a target for are answered otherwise than by the last good version ({Evaluation.Detection.PValue.InWords(p)}): {Examples(differing, ours)}";
        if (await rest(cancellationToken) is { } others && await IsAsRestAsync(others, fix, differing, cancellationToken))
            return Undecided($"{said}. Head without the culprit answers them as the fix does, so that comes from the rest of the change: see whether it is meant");
        return isForeign ? new Check(Name, false, said) : Undecided($"{said}. See whether that is meant");
    }

    private static Check Undecided(string why) => new(Name, null, why);

    private List<Sample> Generated()
    {
        var suspects = LookRunner.Suspects(state.Looks[^1]).Select(c => c.SampleId).ToHashSet(StringComparer.Ordinal);
        var visible = context.Dataset.Visible.ToLookup(s => suspects.Contains(s.Id), s => s.Input);
        return [.. InputMutations.Of([.. visible[true]], [.. visible[false]], Inputs, context.Seed + attempt)
            .Select((input, n) => new Sample($"generated-{attempt}-{n + 1}", input, null, [], null, false, false, CanonicalJson.Hash(input, null)))];
    }

    /// <summary>Whether the fix differs from head without the culprit no more often than that does from itself, and agrees with it in most runs: few runs that reject nothing excuse nothing.</summary>
    private async Task<bool> IsAsRestAsync(StandVersion rest, StandVersion fix, IReadOnlyList<Asked> differing, CancellationToken cancellationToken)
    {
        var answered = await ReferenceAsync(rest, [.. differing.Select(d => d.Sample)], Side.Rest, cancellationToken);
        if (answered.Count < differing.Count) return false;
        var theirs = await DisagreementsAsync(rest, answered, Draws.Differ(attempt, (int)Side.Rest, 1, ConfirmRuns), cancellationToken);
        var ours = await DisagreementsAsync(fix, answered, Draws.Differ(attempt, (int)Side.Fix, ScreenRuns + ConfirmRuns, ConfirmRuns), cancellationToken);
        return IsExcuse([.. answered.Select(a => Counts(a, theirs, ours))]);
    }

    /// <summary>What a version answers; inputs that it fails on are left out.</summary>
    private async Task<List<Asked>> ReferenceAsync(StandVersion version, List<Sample> samples, Side side, CancellationToken cancellationToken)
    {
        if (samples.Count == 0) return [];
        var run = await AskAsync(version, samples, Draws.Differ(attempt, (int)side, 0, 1), cancellationToken);
        var answers = run.Results.Where(r => r.Outcome == Outcome.Passed).ToDictionary(r => r.SampleId, r => r.Output!.Value, StringComparer.Ordinal);
        return [.. samples.Where(s => answers.ContainsKey(s.Id)).Select(s => new Asked(s, answers[s.Id]))];
    }

    private async Task<Dictionary<string, Told>> DisagreementsAsync(StandVersion version, IReadOnlyList<Asked> asked, IReadOnlyList<int> draws, CancellationToken cancellationToken)
    {
        var run = await AskAsync(version, [.. asked.Select(a => a.Sample)], draws, cancellationToken);
        var bySample = run.Results.ToLookup(r => r.SampleId, StringComparer.Ordinal);
        var told = new Dictionary<string, Told>(StringComparer.Ordinal);
        foreach (var (sample, reference) in asked)
        {
            List<SampleResult> results = [.. bySample[sample.Id].Where(r => r.Outcome != Outcome.World)], other = [];
            foreach (var result in results)
                if (!await AnswerMatch.IsSameAsync(sample, reference, result, context.Scorers, cancellationToken)) other.Add(result);
            told[sample.Id] = new Told(other.Count, results.Count, other.Count == 0 ? null : Words(other[0]));
        }
        return told;
    }

    private async Task<EvalRun> AskAsync(StandVersion version, IReadOnlyList<Sample> samples, IReadOnlyList<int> draws, CancellationToken cancellationToken)
    {
        var run = await context.Stand.AskAsync(version, samples, draws, "differ", cancellationToken);
        Cost += run.Cost;
        LookRunner.ThrowIfDown(run, state);
        return run;
    }

    /// <param name="counts">Of disagreements with an answer of head without the culprit: its own, and the fix's.</param>
    internal static bool IsExcuse(IReadOnlyList<SampleCounts> counts) =>
        ConditionalTest.PValueOfRise(counts) > Alpha && 2 * counts.Sum(c => c.CandidateFailures) < counts.Sum(c => c.CandidateRuns);

    private static double PValue(IReadOnlyList<Asked> asked, Dictionary<string, Told> theirs, Dictionary<string, Told> ours) =>
        ConditionalTest.PValueOfRise([.. asked.Select(a => Counts(a, theirs, ours))]);

    private static SampleCounts Counts(Asked asked, Dictionary<string, Told> theirs, Dictionary<string, Told> ours) => new(
        asked.Sample.Id, theirs[asked.Sample.Id].Disagreed, theirs[asked.Sample.Id].Runs, ours[asked.Sample.Id].Disagreed, ours[asked.Sample.Id].Runs);

    private static string Examples(IReadOnlyList<Asked> differing, Dictionary<string, Told> ours) => string.Join("; ", differing.Take(MostShown).Select(d =>
        $"{StrangersText.OneLine(d.Sample.Input.GetRawText(), LongestShown)} gave {StrangersText.OneLine(d.Answer.GetRawText(), LongestShown)}, now {ours[d.Sample.Id].Otherwise}"));

    private static string Words(SampleResult result) =>
        StrangersText.OneLine(result.Output is { } output ? output.GetRawText() : $"{result.Error!.Type}: {result.Error.Message}", LongestShown);

    /// <summary>An input and the answer that stands in for its target.</summary>
    private sealed record Asked(Sample Sample, JsonElement Answer);

    /// <param name="Otherwise">One of the other answers; null when all agree.</param>
    private sealed record Told(int Disagreed, int Runs, string? Otherwise);

    /// <summary>Whose draws they are: versions that are held against each other never share one, or equal questions would get equal noise.</summary>
    private enum Side
    {
        Base = 0,
        Fix = 1,
        Rest = 2,
    }
}

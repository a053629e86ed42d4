using System.Globalization;
using Kintsugi.Evaluation.Alarms;
using Kintsugi.Evaluation.Scorers.Judging;
using Kintsugi.Models.Cassettes;
using Kintsugi.Models.Wire;

namespace Kintsugi.Healing.Incidents.Steps;

/// <summary>What recordings say of the model behind the name.</summary>
/// <param name="Sentences">One a probe, and what follows where none shows another model.</param>
/// <param name="IsShown">Whether the provider names another model, or recorded questions are answered otherwise.</param>
internal sealed record DriftEvidence(IReadOnlyList<string> Sentences, bool IsShown);

/// <summary>Asks whether a baseline that is worse now is so because of the model, with answers that have been paid for: what it said up to the blessing, and in the confirmation's pairs.</summary>
/// <remarks>
/// A pass rate that fell says that something outside the repository has changed, not what: data behind an upstream, the clock and the model look alike in it. Head's answers count beside the
/// base's, where both asked the very same question.
/// </remarks>
internal static class DriftProbe
{
    /// <summary>Of calling a model another one.</summary>
    private const double Alpha = 0.01;

    private const int Permutations = 999;

    /// <summary>Some providers have a fingerprint for every server.</summary>
    private const int MostChangesTold = 5;

    private const string OnPassRateAlone =
        "Nothing recorded shows another model. That it is the model, and not something else outside the repository (what an upstream serves, the time), rests on the fall of the pass rate alone, so it is held no likelier than not.";

    public static async Task<DriftEvidence> AskAsync(IncidentState state, HealContext context, CancellationToken cancellationToken)
    {
        var (until, runs) = state.Baseline!.Blessed && context.Blessed is { } blessed
            ? (blessed.BlessedAt, blessed.Runs)
            : (state.Log.Last(e => e.Event is BaselineTaken).At, context.Agent.Gate.BaselineRuns);
        var looked = state.Log.Last(e => e.Event is Looked).At;
        var kept = await context.Cassette.ReadAsync(
            [.. state.Pairs!.Pairs.Select(p => p.SampleId)], r => IsOfAgentsModel(r) && (Draws.IsOfBlessing(r.Key.Epoch, runs) || Draws.IsOfPair(r.Key.Epoch)), cancellationToken);
        return Of(
            [.. kept.Where(r => Draws.IsOfBlessing(r.Key.Epoch, runs) && r.At <= until)], [.. kept.Where(r => Draws.IsOfPair(r.Key.Epoch) && r.At >= looked)],
            new Random(context.Seed));
    }

    /// <param name="reference">From when the agent was known good.</param>
    /// <param name="current">From now.</param>
    public static DriftEvidence Of(IReadOnlyList<Recording> reference, IReadOnlyList<Recording> current, Random random)
    {
        var changes = ServedModels.Changes([.. reference.Select(Served)], [.. current.Select(Served)]);
        var prompts = Prompts(reference, current);
        var equality = prompts.Count > 0 ? ModelEquality.Test(prompts, Permutations, random) : null;
        var isShown = equality?.PValue <= Alpha || changes.Any(c => c.Fact == ServedFact.Model);
        return new DriftEvidence([.. changes.OrderBy(c => c.Fact).Take(MostChangesTold).Select(InWords), InWords(prompts, equality), .. isShown ? [] : (IEnumerable<string>)[OnPassRateAlone]], isShown);
    }

    // The answers of upstreams are recorded beside those of models, under no model's name, and those of judges beside the agent's: a judge that drifts is no drift of the agent's model.
    public static bool IsOfAgentsModel(Recording recording) => recording.Model.Length > 0 && !JudgeQuestions.IsOne(recording.Question.Span);

    private static ServedCall Served(Recording recording)
    {
        var facts = AnswerFacts.Of(recording.Answer) ?? AnswerFacts.None;
        return new ServedCall(recording.At, recording.Model, facts.ServedModel, facts.Fingerprint);
    }

    /// <summary>Questions with answers of both times, enough of them to tell.</summary>
    private static List<PromptAnswers> Prompts(IReadOnlyList<Recording> reference, IReadOnlyList<Recording> current)
    {
        var then = Answers(reference);
        return [.. Answers(current)
            .Where(now => then.ContainsKey(now.Key) && then[now.Key].Count + now.Value.Count > 2)
            .Select(now => new PromptAnswers(now.Key, then[now.Key], now.Value)).OrderBy(p => p.Prompt, StringComparer.Ordinal)];

        static Dictionary<string, List<string>> Answers(IEnumerable<Recording> recordings) => recordings
            .Select(r => (Question: $"{QuestionIds.HashWithout(r.Question)} {r.Key.SampleId}", Words: AnswerWords.Of(r.Answer))).Where(a => a.Words is not null)
            .GroupBy(a => a.Question, StringComparer.Ordinal).ToDictionary(g => g.Key, g => g.Select(a => a.Words!).ToList(), StringComparer.Ordinal);
    }

    private static string InWords(ServedChange change) => change.Fact == ServedFact.Model
        ? $"The provider names another model for {change.Asked}: {change.Now} in {change.Calls} of {change.Of} answers, {string.Join(", ", change.Was)} up to the blessing."
        : $"The provider gives another fingerprint for {change.Asked}: {change.Now} in {change.Calls} of {change.Of} answers, {string.Join(", ", change.Was)} up to the blessing. A hint: providers change it without changing answers as well.";

    private static string InWords(List<PromptAnswers> prompts, ModelEqualityResult? equality)
    {
        if (equality is null) return "No question has recorded answers from up to the blessing and from now, so answers cannot be compared.";
        var (then, now) = (prompts.Sum(p => p.Reference.Count), prompts.Sum(p => p.Current.Count));
        return string.Create(CultureInfo.InvariantCulture,
            $"{prompts.Count} recorded questions are answered {(equality.PValue <= Alpha ? "otherwise than" : "no otherwise, as far as can be told, than")} up to the blessing: {then} answers then, {now} now, permutation p = {equality.PValue:0.000}.");
    }
}

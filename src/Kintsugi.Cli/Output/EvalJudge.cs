using System.ComponentModel;
using System.Globalization;
using System.Text.Json.Serialization;
using Kintsugi.Evaluation.Judges;
using Kintsugi.Evaluation.Running;
using Kintsugi.Evaluation.Scorers.Judging;
using Kintsugi.Models.Routing;

namespace Kintsugi.Cli.Output;

/// <summary>What one judge said of the answers of a run, and what it may do.</summary>
internal sealed record EvalJudge(
    [property: Description("Its name among the scorers.")] string Scorer,
    [property: Description("Who judges, `provider/model`: one, or the members of a panel.")] IReadOnlyList<string> Models,
    [property: Description("SHA-256 of models, rubric and settings: what its card is bound to.")] string Judge,
    [property: Description("Whether it decides with the other scorers; else it advises, and no outcome rests on it.")] bool Gates,
    [property: Description("Why it only advises, each with what to do; empty when it gates.")] IReadOnlyList<string> Problems,
    [property: Description("Tags of samples on which it only advises even so.")] IReadOnlyList<string> AdvisesOn,
    [property: Description("Answers that it passed.")] int Passed,
    [property: Description("Answers that it judged.")] int Judged,
    [property: Description("Runs that left the comparison because it contradicted itself.")] int Abstained,
    [property: Description("What people would pass, from its votes here and the labels it was calibrated on; null without labels.")] EvalCorrectedRate? Corrected)
{
    [JsonIgnore]
    public string Sentence { get; private init; } = "";

    public static EvalJudge Of(JudgeInUse judge, EvalRun run)
    {
        var votes = run.Results.Select(r => VoteOf(judge, r)).OfType<bool>().ToList();
        var abstained = run.Results.Count(r => r.WorldFault?.Contains($"'{judge.Scorer}': {Faults.JudgeAbstained}", StringComparison.Ordinal) == true);
        var corrected = EvalCorrectedRate.Of(judge, votes);
        return new EvalJudge(
            judge.Scorer, judge.Models, judge.Judge, judge.MayGate, judge.Standing.Problems, judge.Standing.AdvisesOn, votes.Count(v => v), votes.Count, abstained, corrected)
        {
            Sentence = $"{judge.Statement} {Counts(votes, abstained)}{corrected?.Sentence}",
        };
    }

    /// <summary>Of a run that passed and whose scores are no longer kept, a judge that decides has passed the answer too.</summary>
    private static bool? VoteOf(JudgeInUse judge, SampleResult result) =>
        result.Scores.FirstOrDefault(s => s.Scorer == judge.Scorer)?.Passed ?? (result.Outcome == Outcome.Passed && judge.MayGate ? true : null);

    private static string Counts(List<bool> votes, int abstained) => votes.Count == 0 && abstained == 0
        ? "It gave no verdict on any answer."
        : $"It passes {votes.Count(v => v)} of {votes.Count} answers{(abstained == 0 ? "" : $" and contradicts itself on {abstained} runs, which are left out")}.";
}

/// <summary>A pass rate as people would give it.</summary>
internal sealed record EvalCorrectedRate(
    [property: Description("In [0, 1], as are its bounds.")] decimal Value,
    [property: Description("95 % interval.")] decimal Low,
    decimal High,
    [property: Description("Labels that it rests on.")] int Labels,
    [property: Description("`prediction_powered`: labels and votes; `human_only`: too few labels differ, so it is theirs alone.")] RateMethod Method,
    [property: Description("Another estimate is too far off: the labelled answers are no fair sample of these, and this rate is biased.")] bool Contradicted)
{
    [JsonIgnore]
    public string Sentence => string.Create(CultureInfo.InvariantCulture,
        $" With {Labels} labels people would pass {100 * Value:0.0} % ({100 * Low:0.0} to {100 * High:0.0}), if those are a fair sample of these answers{(Contradicted ? ": which they are not, as another estimate shows" : "")}.");

    /// <returns>Null without labels, and for a panel: its votes on the labels are not those of a stranger to them.</returns>
    public static EvalCorrectedRate? Of(JudgeInUse judge, IReadOnlyList<bool> votes)
    {
        if (judge.Record is not { Items: { Models.Count: 1 } items, Card: { } card } || votes.Count == 0) return null;
        var rate = PredictionPowered.Rate(
            [.. items.Items.Select(i => new JudgedOutput(i.Passed, ((int)i.First(0) + 1) / 2.0))], [.. votes.Select(v => v ? 1.0 : 0.0)], Estimate.Error);
        var check = RoganGladen.Rate(card.Whole, votes.Count(v => v), votes.Count, Estimate.Error);
        return new EvalCorrectedRate(Rounded(rate.Value), Rounded(rate.Low), Rounded(rate.High), items.Items.Count, rate.Method, rate.Contradicts(check));
    }

    private static decimal Rounded(double value) => Math.Round((decimal)value, 4);
}

using MathNet.Numerics.Distributions;

namespace Kintsugi.Evaluation.Detection;

/// <summary>Which samples to run again, in interleaved pairs of baseline and candidate, before anything acts on an alarm.</summary>
/// <param name="Samples">Half of them the most suspicious, half drawn at random from the others, in the order to run.</param>
/// <param name="MaxRounds">Rounds after which the answer is given; a round is one fresh pair of every sample.</param>
/// <param name="Odds">Ratio of failure odds for which the power was planned: the effect seen, shrunk for its selection.</param>
public sealed record ConfirmationPlan(IReadOnlyList<string> Samples, int MaxRounds, double Odds);

/// <summary>One fresh pair of one sample. A pair of which the world spoiled either side is left out.</summary>
public sealed record PairOutcome(string SampleId, bool BaselineFailed, bool CandidateFailed);

public enum ConfirmationKind
{
    Continue = 0,

    /// <summary>The rise is shown on fresh runs.</summary>
    Confirmed = 1,

    /// <summary>Not shown: the verdict becomes insufficient, never healthy.</summary>
    NotConfirmed = 2,
}

/// <param name="Worse">Pairs in which only the candidate failed.</param>
/// <param name="Discordant">Pairs in which exactly one side failed.</param>
public sealed record ConfirmationDecision(ConfirmationKind Kind, int Worse, int Discordant, double AlphaSpent);

/// <summary>The second stage of detection: an exact sequential test on fresh pairs.</summary>
/// <remarks>
/// If nothing changed, in a pair of which one side failed it is the candidate with probability ½, whatever the sample and whatever the world does
/// meanwhile, because both runs share their minute: the exact McNemar test, looked at after every round. The null distribution of paths not yet stopped
/// is carried along and alpha (0.05) is spent by O'Brien–Fleming over the rounds, so P(confirmed | nothing changed) ≤ 0.05 exactly. A second boundary gives up where
/// the planned odds would have shown more (error 0.05, not binding for the first). Two independent stages act wrongly in at most 0.05 × 0.05.
/// </remarks>
public static class Confirmation
{
    private const double Error = 0.05;
    private const int MostSamples = 20;
    private const int FewestRounds = 3;
    private const int MostRounds = 10;

    /// <param name="counts">What detection saw.</param>
    /// <param name="slices">Of the verdict: samples of those that rose come first among the suspicious, after critical ones that broke.</param>
    public static ConfirmationPlan Choose(IReadOnlyList<SampleCounts> counts, IReadOnlyList<SliceVerdict> slices, bool isCriticalBroken, Random random)
    {
        ArgumentNullException.ThrowIfNull(counts);
        ArgumentNullException.ThrowIfNull(slices);
        ArgumentNullException.ThrowIfNull(random);
        var compared = counts.Where(c => c.Comparable).ToList();
        var risen = slices.Where(s => s.Rose).SelectMany(s => s.Tags).ToHashSet(StringComparer.Ordinal);
        var suspicious = compared.Where(c => c.CandidateRate > c.BaselineRate)
            .OrderBy(c => isCriticalBroken && c.IsCritical ? 0 : c.Slices.Any(risen.Contains) ? 1 : 2)
            .ThenBy(c => ConditionalTest.PValueOfRise([c])).ThenBy(c => c.SampleId, StringComparer.Ordinal)
            .Take(MostSamples / 2).ToList();
        var others = compared.Except(suspicious).ToArray();
        random.Shuffle(others);
        List<SampleCounts> chosen = [.. suspicious, .. others.Take(MostSamples - suspicious.Count)];
        var odds = Shrunk(compared);
        return new ConfirmationPlan([.. chosen.Select(c => c.SampleId)], Rounds(chosen, odds), odds);
    }

    /// <param name="rounds">All rounds run so far, in order.</param>
    public static ConfirmationDecision Decide(ConfirmationPlan plan, IReadOnlyList<IReadOnlyList<PairOutcome>> rounds)
    {
        ArgumentNullException.ThrowIfNull(plan);
        ArgumentNullException.ThrowIfNull(rounds);
        double[] nothing = [1.0], planned = [1.0];
        double alpha = 0, beta = 0;
        int worse = 0, discordant = 0;
        for (var round = 1; round <= rounds.Count; round++)
        {
            var pairs = rounds[round - 1].Where(p => p.BaselineFailed != p.CandidateFailed).ToList();
            worse += pairs.Count(p => p.CandidateFailed);
            discordant += pairs.Count;
            nothing = Toss(nothing, pairs.Count, 0.5);
            planned = Toss(planned, pairs.Count, plan.Odds / (1 + plan.Odds));
            var share = Math.Min(1, (double)round / plan.MaxRounds);

            var shown = nothing.Length;
            for (var budget = Spending.OBrienFleming(share, Error); shown > 0 && alpha + nothing[shown - 1] <= budget; shown--)
            {
                alpha += nothing[shown - 1];
                nothing[shown - 1] = planned[shown - 1] = 0;
            }

            if (discordant > 0 && worse >= shown) return new ConfirmationDecision(ConfirmationKind.Confirmed, worse, discordant, alpha);

            var hopeless = -1;
            for (var budget = Spending.OBrienFleming(share, Error); hopeless + 1 < shown && beta + planned[hopeless + 1] <= budget; hopeless++)
            {
                beta += planned[hopeless + 1];
                planned[hopeless + 1] = 0;
            }

            if (round >= plan.MaxRounds || (discordant > 0 && worse <= hopeless))
                return new ConfirmationDecision(ConfirmationKind.NotConfirmed, worse, discordant, alpha);
        }

        return new ConfirmationDecision(ConfirmationKind.Continue, worse, discordant, alpha);
    }

    private static double[] Toss(double[] mass, int times, double heads)
    {
        for (; times > 0; times--)
        {
            var next = new double[mass.Length + 1];
            for (var k = 0; k < mass.Length; k++)
            {
                next[k] += mass[k] * (1 - heads);
                next[k + 1] += mass[k] * heads;
            }

            mass = next;
        }

        return mass;
    }

    // Mantel and Haenszel's odds ratio with half a run added to each cell, and two thirds of it on the log scale: alarms are raised by the effects that looked largest.
    private static double Shrunk(List<SampleCounts> compared)
    {
        double up = 0, down = 0;
        foreach (var c in compared)
        {
            var runs = c.BaselineRuns + c.CandidateRuns;
            up += (double)c.CandidateFailures * (c.BaselineRuns - c.BaselineFailures) / runs;
            down += (double)c.BaselineFailures * (c.CandidateRuns - c.CandidateFailures) / runs;
        }

        return Math.Clamp(Math.Exp(Math.Log((up + 0.5) / (down + 0.5)) * 2 / 3), 1.5, 10);
    }

    // The sign test needs D = ((z + z·2√(π(1−π))) / (2π − 1))² discordant pairs for power 0.95 at level 0.05, π = θ/(1 + θ); O'Brien–Fleming looks cost about 3 % more.
    private static int Rounds(List<SampleCounts> chosen, double odds)
    {
        var z = Normal.InvCDF(0, 1, 1 - Error);
        var share = odds / (1 + odds);
        var needed = 1.03 * Math.Pow((z + (z * 2 * Math.Sqrt(share * (1 - share)))) / ((2 * share) - 1), 2);
        var perRound = chosen.Sum(c =>
        {
            var baseline = (c.BaselineFailures + 0.5) / (c.BaselineRuns + 1.0);
            var candidate = odds * baseline / (1 - baseline + (odds * baseline));
            return (baseline * (1 - candidate)) + (candidate * (1 - baseline));
        });
        return perRound <= 0 ? MostRounds : Math.Clamp((int)Math.Ceiling(needed / perRound), FewestRounds, MostRounds);
    }
}

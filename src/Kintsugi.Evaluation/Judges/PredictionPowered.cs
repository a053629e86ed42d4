using Kintsugi.Evaluation.Detection;
using MathNet.Numerics.Distributions;

namespace Kintsugi.Evaluation.Judges;

/// <summary>An output that people labelled and the judge judged.</summary>
/// <param name="Judge">The judge's vote as a number in [0, 1]: 1 yes, 0 no, an abstention ½; or any score in between.</param>
public readonly record struct JudgedOutput(bool Passed, double Judge);

/// <summary>Pass rates from a few labels of people and many votes of a judge: prediction-powered inference with a tuned weight (PPI++).</summary>
/// <remarks>
/// <para>θ̂ = Ȳ + λ(F̄ᵤ − F̄ₗ), with Ȳ the mean of n labels, F̄ₗ the judge's mean on them and F̄ᵤ on N other outputs;
/// variance (Var(Y − λF))/n + λ²Var(F)/N, λ = Cov(Y, F)/(Var(F)(1 + n/N)) within [0, 1]. Angelopoulos, Duchi and Zrnic (2023), arXiv 2311.01453; Angelopoulos,
/// Bates, Fannjiang, Jordan and Zrnic (2023), Science 382, 669–674. Var(F) is taken over labelled and unlabelled outputs together.</para>
/// <para>Guarantee: cover 1 − error as n and N grow, whatever the judge is like, and never a wider interval than of the labels alone: a useless judge gets λ = 0.
/// Needed: labelled and unlabelled outputs are random draws from one population, independent of each other, and one draw of each output was judged.</para>
/// <para>Departures for few labels: Student's t with n − 1 degrees of freedom instead of the normal, and where fewer than <see cref="FewestOfEach"/> labels differ from
/// the rest the interval is of the labels alone. There the asymptotic one fails: at a pass rate of 98 % and 50 labels it covers 60 % of the time (bench/results/judges.md).</para>
/// </remarks>
public static class PredictionPowered
{
    public const int FewestOfEach = 10;

    /// <param name="labelled">At least one.</param>
    /// <param name="unlabelled">The judge's votes on outputs that nobody labelled, each in [0, 1].</param>
    /// <param name="error">In (0, 1), both sides together.</param>
    /// <exception cref="ArgumentException">Nothing is labelled, or a vote is outside [0, 1].</exception>
    public static CorrectedRate Rate(IReadOnlyList<JudgedOutput> labelled, IReadOnlyList<double> unlabelled, double error)
    {
        ArgumentNullException.ThrowIfNull(labelled);
        ArgumentNullException.ThrowIfNull(unlabelled);
        Check(labelled.Count, labelled.Select(o => o.Judge).Concat(unlabelled), error);
        var passes = labelled.Count(o => o.Passed);
        if (Math.Min(passes, labelled.Count - passes) < FewestOfEach)
        {
            var (low, high) = RateInterval.ClopperPearson(passes, labelled.Count, error);
            var rate = (double)passes / labelled.Count;
            return new CorrectedRate(rate, low, high, Math.Sqrt(rate * (1 - rate) / labelled.Count), 0, RateMethod.HumanOnly);
        }

        return Mean([.. labelled.Select(o => o.Passed ? 1.0 : 0.0)], [.. labelled.Select(o => o.Judge)], [.. unlabelled], error, lowest: 0);
    }

    /// <summary>Candidate's rate minus baseline's, from both versions' outputs on the same samples.</summary>
    /// <param name="labelled">Both outputs of a sample, both labelled.</param>
    /// <param name="unlabelled">The judge's votes on both outputs of other samples.</param>
    /// <remarks>The same estimator on the differences within a sample. The judge may err otherwise on the one version than on the other: the labels see it.
    /// Labels alone: Clopper–Pearson's intervals of the samples that broke and that mended, each at half the error, subtracted; cover at least 1 − error.</remarks>
    public static CorrectedRate Difference(
        IReadOnlyList<(JudgedOutput Baseline, JudgedOutput Candidate)> labelled, IReadOnlyList<(double Baseline, double Candidate)> unlabelled, double error)
    {
        ArgumentNullException.ThrowIfNull(labelled);
        ArgumentNullException.ThrowIfNull(unlabelled);
        Check(labelled.Count, labelled.SelectMany(o => new[] { o.Baseline.Judge, o.Candidate.Judge }).Concat(unlabelled.SelectMany(o => new[] { o.Baseline, o.Candidate })), error);
        var broken = labelled.Count(o => o.Baseline.Passed && !o.Candidate.Passed);
        var mended = labelled.Count(o => !o.Baseline.Passed && o.Candidate.Passed);
        if (broken + mended < FewestOfEach) return DifferenceOfLabels(broken, mended, labelled.Count, error);
        return Mean(
            [.. labelled.Select(o => (o.Candidate.Passed ? 1.0 : 0.0) - (o.Baseline.Passed ? 1.0 : 0.0))],
            [.. labelled.Select(o => o.Candidate.Judge - o.Baseline.Judge)],
            [.. unlabelled.Select(o => o.Candidate - o.Baseline)], error, lowest: -1);
    }

    private static CorrectedRate DifferenceOfLabels(int broken, int mended, int n, double error)
    {
        var (brokenLow, brokenHigh) = RateInterval.ClopperPearson(broken, n, error / 2);
        var (mendedLow, mendedHigh) = RateInterval.ClopperPearson(mended, n, error / 2);
        var difference = (double)(mended - broken) / n;
        var variance = ((double)(mended + broken) / n) - (difference * difference);
        return new CorrectedRate(difference, mendedLow - brokenHigh, mendedHigh - brokenLow, Math.Sqrt(variance / n), 0, RateMethod.HumanOnly);
    }

    // Only here where at least ten labels differ from the rest, so n ≥ 10 and the labels vary.
    private static CorrectedRate Mean(double[] labels, double[] judged, double[] unlabelled, double error, double lowest)
    {
        double n = labels.Length, others = unlabelled.Length;
        double labelMean = labels.Average(), judgedMean = judged.Average();
        double[] all = [.. judged, .. unlabelled];
        var allMean = all.Average();
        var spread = all.Sum(f => (f - allMean) * (f - allMean)) / (all.Length - 1);
        var covariance = labels.Zip(judged, (y, f) => (y - labelMean) * (f - judgedMean)).Sum() / (n - 1);
        var weight = spread > 0 && others > 0 ? Math.Clamp(covariance / (spread * (1 + (n / others))), 0, 1) : 0;

        var residuals = labels.Zip(judged, (y, f) => y - labelMean - (weight * (f - judgedMean)));
        var variance = residuals.Sum(r => r * r) / (n - 1) / n;
        var value = labelMean;
        if (weight > 0)
        {
            variance += weight * weight * spread / others;
            value += weight * (unlabelled.Average() - judgedMean);
        }

        var standardError = Math.Sqrt(variance);
        var half = StudentT.InvCDF(0, 1, n - 1, 1 - (error / 2)) * standardError;
        return new CorrectedRate(
            Math.Clamp(value, lowest, 1), Math.Clamp(value - half, lowest, 1), Math.Clamp(value + half, lowest, 1), standardError, weight, RateMethod.PredictionPowered);
    }

    private static void Check(int labels, IEnumerable<double> votes, double error)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(error);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(error, 1);
        if (labels == 0) throw new ArgumentException("Without a label of people there is nothing to correct a judge by.");
        if (votes.Any(vote => !(vote is >= 0 and <= 1))) throw new ArgumentException("A judge's vote is a number in [0, 1].");
    }
}

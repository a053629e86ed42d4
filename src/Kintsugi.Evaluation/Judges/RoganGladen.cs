using MathNet.Numerics.Distributions;

namespace Kintsugi.Evaluation.Judges;

/// <summary>A judge's pass rate, corrected by its error rates on labelled outputs: shown beside <see cref="PredictionPowered"/> as a check.</summary>
/// <remarks>θ̂ = (raw + specificity − 1)/J with J = sensitivity + specificity − 1. Rogan and Gladen (1978), Am. J. Epidemiol. 107, 71–76. Unlike prediction-powered
/// inference it needs error rates that are the same on labelled and unlabelled outputs, and it takes no account of the labels themselves, so it is wider.
/// Abstentions leave the counts. Error rates are smoothed by one success and one failure each.</remarks>
public static class RoganGladen
{
    /// <param name="labelled">The judge against people.</param>
    /// <param name="yes">Outputs that the judge passed, of those that it decided and nobody labelled.</param>
    /// <param name="error">In (0, 1), both sides together.</param>
    /// <remarks>The interval is that of Lang and Reiczigel (2014), Prev. Vet. Med. 113, 13–22, made for error rates that are estimated: cover about 1 − error from some 30 labels on.</remarks>
    public static CorrectedRate Rate(Confusion labelled, int yes, int decided, double error)
    {
        var rates = Smoothed.Of(labelled, error);
        ArgumentOutOfRangeException.ThrowIfNegative(yes);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(yes, decided);
        if (!rates.Inform || decided == 0) return new CorrectedRate(0.5, 0, 1, 0.5, 0, RateMethod.Undetermined);

        var squared = rates.Z * rates.Z;
        var raw = (yes + (squared / 2)) / (decided + squared);
        var value = (raw + rates.Specificity - 1) / rates.J;
        var standardError = Math.Sqrt(
            (raw * (1 - raw) / (decided + squared)) + (value * value * rates.SensitivityVariance) + ((1 - value) * (1 - value) * rates.SpecificityVariance)) / rates.J;
        var shift = 2 * squared * ((value * rates.SensitivityVariance) - ((1 - value) * rates.SpecificityVariance));
        return new CorrectedRate(
            Math.Clamp(value, 0, 1), Math.Clamp(value + shift - (rates.Z * standardError), 0, 1), Math.Clamp(value + shift + (rates.Z * standardError), 0, 1),
            standardError, 1 / rates.J, RateMethod.RoganGladen);
    }

    /// <summary>Candidate's rate minus baseline's, from the judge's votes on both versions' outputs of the same samples.</summary>
    /// <param name="labelled">The judge against people, on outputs of both versions: it is taken to err alike on both.</param>
    /// <param name="judged">Votes in [0, 1] on samples that it decided both outputs of; at least two.</param>
    /// <remarks>Mean difference / J, with the variance of the quotient by the delta method and a normal interval.</remarks>
    public static CorrectedRate Difference(Confusion labelled, IReadOnlyList<(double Baseline, double Candidate)> judged, double error)
    {
        ArgumentNullException.ThrowIfNull(judged);
        ArgumentOutOfRangeException.ThrowIfLessThan(judged.Count, 2);
        var rates = Smoothed.Of(labelled, error);
        if (!rates.Inform) return new CorrectedRate(0, -1, 1, 1, 0, RateMethod.Undetermined);

        var mean = judged.Average(o => o.Candidate - o.Baseline);
        var variance = judged.Sum(o => Math.Pow(o.Candidate - o.Baseline - mean, 2)) / (judged.Count - 1) / judged.Count;
        var value = mean / rates.J;
        var standardError = Math.Sqrt(variance + (value * value * (rates.SensitivityVariance + rates.SpecificityVariance))) / rates.J;
        return new CorrectedRate(
            Math.Clamp(value, -1, 1), Math.Clamp(value - (rates.Z * standardError), -1, 1), Math.Clamp(value + (rates.Z * standardError), -1, 1),
            standardError, 1 / rates.J, RateMethod.RoganGladen);
    }

    private readonly record struct Smoothed(double Sensitivity, double SensitivityVariance, double Specificity, double SpecificityVariance, double Z)
    {
        public double J => Sensitivity + Specificity - 1;

        /// <summary>Where J may be 0 the quotient may be anything (Fieller 1954, J. R. Stat. Soc. B 16, 175–185).</summary>
        public bool Inform => J - (Z * Math.Sqrt(SensitivityVariance + SpecificityVariance)) > 0;

        public static Smoothed Of(Confusion labelled, double error)
        {
            ArgumentNullException.ThrowIfNull(labelled);
            labelled.ThrowIfImpossible();
            ArgumentOutOfRangeException.ThrowIfNegativeOrZero(error);
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(error, 1);
            double passes = labelled.Passes + 2, fails = labelled.Fails + 2;
            double sensitivity = (labelled.TruePasses + 1) / passes, specificity = (labelled.TrueFails + 1) / fails;
            return new Smoothed(
                sensitivity, sensitivity * (1 - sensitivity) / passes, specificity, specificity * (1 - specificity) / fails, Normal.InvCDF(0, 1, 1 - (error / 2)));
        }
    }
}

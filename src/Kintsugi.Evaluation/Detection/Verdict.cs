namespace Kintsugi.Evaluation.Detection;

/// <summary>Is the candidate worse than the baseline? Stored: only ever appended to.</summary>
public enum VerdictKind
{
    Healthy = 0,
    Regressed = 1,

    /// <summary>No rise shown and none excluded, and more samples disagree with themselves than the baseline explains.</summary>
    Flaky = 2,
    Insufficient = 3,

    /// <summary>Fewer than half of the planned samples could be held against the baseline.</summary>
    Incomparable = 4,
}

/// <summary>When a version is called worse, and when it is called healthy.</summary>
/// <param name="Floor">Pass rate in [0, 1] that the candidate must not be shown to have fallen below; null for none.</param>
/// <param name="Alpha">P(regressed) of a candidate that is as good as its baseline: at most this, whatever the samples' difficulty.</param>
/// <param name="Beta">P(healthy by a statement) where that statement is false: at most this.</param>
/// <param name="Margin">Absolute rise of the failure rate that is still healthy.</param>
/// <param name="Odds">Ratio of failure odds whose exclusion is healthy.</param>
public sealed record GateSettings(double? Floor, double Alpha, double Beta, double Margin, double Odds)
{
    /// <summary>Whether slices are judged too; known of the dataset beforehand, because it costs the test over all samples some of alpha.</summary>
    public bool BySlice { get; init; }

    /// <summary>Whether any sample is critical.</summary>
    public bool HasCritical { get; init; }

    /// <summary>Of all blocks together: what is promised of the gate, whatever part of it one block has.</summary>
    public double WholeAlpha { get; init; } = Alpha;

    /// <summary>What of alpha each question has.</summary>
    public GateShares Shares => GateShares.Of(Alpha, BySlice, HasCritical, Floor is not null);
}

/// <summary>The gate's word, with what it rests on.</summary>
/// <param name="Statement">One sentence: what is shown, and with what error.</param>
/// <param name="PValue">Of a rise, by <see cref="ConditionalTest"/>.</param>
/// <param name="OddsExclusionP">P-value of the rise of `Odds`; null when no sample was informative.</param>
/// <param name="RiseUpperBound">Upper bound of the rise of the failure rate at error beta, in [−1, 1].</param>
/// <param name="BaselineRate">Pass rate, each compared sample weighing the same; NaN never: 0 when none was compared.</param>
/// <param name="BaselineInterval">95 % interval of it (Clopper–Pearson over runs).</param>
/// <param name="Compared">Samples with runs on both sides.</param>
/// <param name="World">Planned samples that were not compared: the world spoiled every run of theirs, or the baseline has none.</param>
/// <param name="SuspectSamples">Samples that failed more often than on the baseline, the most telling first.</param>
/// <param name="FloorBroken">Whether the candidate is shown below the floor and the baseline shown not to be.</param>
/// <param name="More">What would decide it; null when it is decided.</param>
public sealed record Verdict(
    VerdictKind Kind, string Statement, double PValue, double? OddsExclusionP, double RiseUpperBound,
    double BaselineRate, double CandidateRate, (double Low, double High) BaselineInterval, (double Low, double High) CandidateInterval,
    int InformativeSamples, int Compared, int World, IReadOnlyList<string> SuspectSamples, bool FloorBroken, string? More)
{
    /// <summary>The looks of the test over all samples, with its boundaries.</summary>
    public required SequentialOutcome Path { get; init; }

    /// <summary>By name; empty when the dataset is not cut, or every sample is in the same slices.</summary>
    public required IReadOnlyList<SliceVerdict> Slices { get; init; }

    /// <summary>Critical samples that are shown to have broken, the most telling first: those that show it by themselves, else those that failed more often where all of them together do.</summary>
    public required IReadOnlyList<string> BrokenCritical { get; init; }
}

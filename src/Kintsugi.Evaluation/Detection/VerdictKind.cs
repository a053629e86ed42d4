namespace Kintsugi.Evaluation.Detection;

/// <summary>Is the candidate worse? Stored and sent in lower case; only ever appended to.</summary>
public enum VerdictKind
{
    Healthy = 0,
    Regressed = 1,

    /// <summary>No rise shown, but samples that disagree with themselves.</summary>
    Flaky = 2,
    Insufficient = 3,

    /// <summary>Fewer than half of the samples can be compared with the baseline.</summary>
    Incomparable = 4,
}

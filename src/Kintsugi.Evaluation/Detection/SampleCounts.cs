namespace Kintsugi.Evaluation.Detection;

/// <summary>What is known of one sample on both sides. Runs that the world spoiled are in neither count.</summary>
/// <param name="BaselineFailures">In [0, <paramref name="BaselineRuns"/>].</param>
/// <param name="CandidateFailures">In [0, <paramref name="CandidateRuns"/>].</param>
public sealed record SampleCounts(string SampleId, int BaselineFailures, int BaselineRuns, int CandidateFailures, int CandidateRuns)
{
    /// <summary>What the dataset is cut by that this sample belongs to: its tags.</summary>
    public IReadOnlyList<string> Slices { get; init; } = [];

    /// <summary>Whether this sample may never break.</summary>
    public bool IsCritical { get; init; }

    /// <summary>Whether the candidate ran and the world spoiled every run.</summary>
    public bool IsSpoiled { get; init; }

    /// <summary>Whether both sides ran, so that the sample can be compared at all.</summary>
    public bool Comparable => BaselineRuns > 0 && CandidateRuns > 0;

    /// <summary>Whether the two sides could have shared their failures otherwise; only such samples carry information on a rise.</summary>
    public bool Informative => Comparable && Failures > 0 && Failures < BaselineRuns + CandidateRuns;

    internal Cell Cell => new(BaselineRuns, CandidateRuns, Failures);

    internal int Failures => BaselineFailures + CandidateFailures;

    internal double BaselineRate => (double)BaselineFailures / BaselineRuns;

    internal double CandidateRate => (double)CandidateFailures / CandidateRuns;

    /// <exception cref="ArgumentException">A count is negative or above its runs.</exception>
    internal void ThrowIfImpossible()
    {
        if (BaselineFailures < 0 || BaselineFailures > BaselineRuns || CandidateFailures < 0 || CandidateFailures > CandidateRuns)
            throw new ArgumentException(
                $"Sample '{SampleId}' counts {BaselineFailures} failures in {BaselineRuns} baseline runs and {CandidateFailures} in " +
                $"{CandidateRuns} candidate runs. Failures must lie between 0 and the runs.");
    }
}

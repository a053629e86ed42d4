using Kintsugi.Tracing.Spans;

namespace Kintsugi.Healing.Review;

/// <summary>What the failures of a confirmed regression say, and which steps of the one shown first are suspect.</summary>
/// <param name="Failing">Visible samples that fail and did not.</param>
/// <param name="Clusters">Of those, by what they say; the largest first. Ids are samples'.</param>
/// <param name="HeldOutFailing">Held-out samples that fail and did not, of <paramref name="HeldOut"/>: a count, and nothing of what they say.</param>
/// <param name="Suspects">The most suspect first; empty when the trace is too short to tell its steps apart.</param>
public sealed record FailureDigest(int Failing, IReadOnlyList<FailureCluster> Clusters, int HeldOutFailing, int HeldOut, IReadOnlyList<SuspectStep> Suspects);

/// <summary>A step of a failing trajectory that such traces often go wrong in: an opinion, no proof.</summary>
/// <param name="Step">From 1, as <see cref="FailureTrace.Steps"/> counts; null for what the process wrote to standard error, or the error it ended with.</param>
/// <param name="What">The step in words.</param>
/// <param name="Probability">In [0, 1], over all steps of the trace: that it holds the mistake.</param>
public sealed record SuspectStep(int? Step, string What, double Probability)
{
    /// <summary>What every list of them has to say of itself.</summary>
    public const string Opinion = "An opinion from the trace alone; it proves nothing.";
}

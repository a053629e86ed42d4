using Kintsugi.Evaluation.Running;
using Kintsugi.Healing.Repair;

namespace Kintsugi.Healing.Review;

/// <summary>One evaluation of a version, as a reviewer of that version reads it. Nothing of a held-out sample is in it but counts.</summary>
/// <param name="Blessed">The version that it is held against; null for none.</param>
/// <param name="Verdict">Null without a baseline.</param>
/// <param name="Candidate">Over all runs.</param>
/// <param name="Failing">Visible samples with a run that did not pass, in the dataset's order.</param>
/// <param name="FailingHeldOut">How many of the held-out ones have such a run.</param>
/// <param name="Note">What is special about how it was run; null for nothing.</param>
/// <param name="Reproduce">Command lines.</param>
public sealed record EvaluationReport(
    string Agent, string AgentPath, string Commit, string? Blessed, VerdictView? Verdict, Rate Candidate, int Samples,
    IReadOnlyList<FailingSample> Failing, int HeldOut, int FailingHeldOut, string? StartFailure, string? Note, IReadOnlyList<string> Judges,
    RunCost Cost, TimeSpan Duration, string Reproduce);

/// <param name="Baseline">One character a run: `1` passed, `0` failed; empty when the baseline does not know the sample.</param>
/// <param name="Runs">Likewise; `w`: the world failed.</param>
/// <param name="Why">Of the first run that did not pass; strangers' words.</param>
public sealed record FailingSample(string SampleId, string Baseline, string Runs, string Why);

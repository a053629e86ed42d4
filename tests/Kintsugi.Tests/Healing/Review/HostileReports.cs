using Kintsugi.Evaluation.Agents;
using Kintsugi.Evaluation.Alarms;
using Kintsugi.Evaluation.Detection;
using Kintsugi.Evaluation.Running;
using Kintsugi.Healing.Repair;
using Kintsugi.Healing.Review;
using Kintsugi.Healing.Triage;
using Kintsugi.Tracing.Spans;

namespace Kintsugi.Tests.Healing.Review;

/// <summary>Reports in which a stranger has the say, and the emptiest one there is.</summary>
internal static class HostileReports
{
    /// <summary>Every text of the report is <paramref name="words"/>, every list has <paramref name="times"/> of them.</summary>
    public static IncidentReport SaidBy(string words, int times = 3)
    {
        var commit = new CommitView(words, words, DateTimeOffset.UnixEpoch, words);
        var hunk = new HunkView(0, words, words, Many(words), Many(words), Component.Prompt);
        var rate = new Rate(1, 2, 0.1, 0.9);
        var attempt = new Attempt(
            1, words, true, words, new Fix(words, words, words, Many(words), Verification.Partial), Many(new Check(words, null, words)),
            new AcceptanceScores(rate, rate, rate, rate), RunCost.None, InDoubt: false, new Writing([], words, Many(new WriterStep(words, words, words))) { Candidates = Many(new CandidateScore(1, words, words, words, 0, 0, 0, false)), FittedTo = words });
        return new IncidentReport(
            words, words, words, words, IncidentOutcome.Proposed, words, commit, commit, words, words,
            new VerdictView(VerdictKind.Regressed, words, words, rate, rate, 1, 1, 1)
            {
                Looks = [new SequentialLook(1, 1, 2, 0, 0, 0), new SequentialLook(2, 2, 2, 1, 0.01, 0.02)],
                Slices = [new SliceVerdict([words, words], 1, 1, 0, 0.001, 0.01)],
            },
            new Diagnosis(Cause.Prompt, RemedyAction.Repair, Component.Prompt, Many(hunk), Many(Many(hunk)), true, Many(commit), 0.9, Many(words), words),
            Many(attempt), new Proposal(words, words, words, words, words), Many(new SampleStrip(words, "1", "0", "1")),
            Many(new TimeLineEntry(DateTimeOffset.UnixEpoch, TimeSpan.FromSeconds(1), words, words, 1, 1, 0)),
            new FailureTrace(words, words, words, words, words, words, Many(words), Many(words)),
            RunCost.None, TimeSpan.FromSeconds(1), words, Many(words), Many(words),
            new FailureDigest(9, Many(new FailureCluster(words, Many(words))), 1, 2, Many(new SuspectStep(1, words, 0.5))))
        {
            Alarm = new AlarmView(words, words, words, DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch, AlarmRule.Canary, 0.01, Many(new AlarmedError(words, words, 3, 4, 0, 9, Many(words))), 1),
            Policy = new PolicyDecision(RemedyAction.RollBack, words, RemedyAction.Repair, Severity.High, Fixability.None, words),
            Judges = Many(new JudgeView(words, rate, null, rate)),
            Advice = new Advice(
                new Opinion(Cause.Prompt, FailureMode.None, Many(words), Many(new ChainLink(words, Many(words))), 0.5, RemedyAction.Repair, words) { Disputes = [new Dispute("cause", words), new Dispute("link 1", words), .. Many(new Dispute(words, words))] },
                words, Many(new EvidenceItem(words, words)), Many(new WriterStep(words, words, words)), words),
        };

        IReadOnlyList<T> Many<T>(T one) => [.. Enumerable.Repeat(one, times)];
    }

    public static IncidentReport Bare()
    {
        var commit = new CommitView("4be1f02c9d7a8833", "A", DateTimeOffset.UnixEpoch, "S");
        return new IncidentReport(
            "1", "agent", "", "f", null, "", commit, commit, "E: none", "1", null, null, [], null, [], [], null, RunCost.None, TimeSpan.Zero, "kintsugi heal", [], []);
    }
}

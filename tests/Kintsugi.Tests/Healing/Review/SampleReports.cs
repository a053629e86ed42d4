using Kintsugi.Evaluation.Agents;
using Kintsugi.Evaluation.Alarms;
using Kintsugi.Evaluation.Detection;
using Kintsugi.Evaluation.Running;
using Kintsugi.Healing.Prompts;
using Kintsugi.Healing.Repair;
using Kintsugi.Healing.Review;
using Kintsugi.Healing.Triage;
using Kintsugi.Tracing.Spans;

namespace Kintsugi.Tests.Healing.Review;

/// <summary>Reports as a heal leaves them, with figures that fit together.</summary>
internal static class SampleReports
{
    private static readonly DateTimeOffset Start = new(2026, 3, 2, 9, 30, 0, TimeSpan.Zero);

    private static readonly HunkView LostRule = new(
        4, "prompts/score.md", "@@ -14,2 +14,1 @@",
        ["- A company with 500 employees or more is `enterprise`, whatever its industry.", "- Score it 85 or more."], ["- Large companies score high."], Component.Prompt);

    public static IncidentReport Proposed()
    {
        var strip = Strip(mended: true);
        return new IncidentReport(
            "7f3c1d", "gtm-lead-scorer", "", "b41d09e2c7aa51f0", IncidentOutcome.Proposed, "A restore passed every check.",
            new CommitView("4be1f02c9d7a8833aa10b5cc9e01d2f3a4b5c6d7", "Ada Marsh", Start.AddDays(-3), "Score leads by the territory plan of spring"),
            new CommitView("d19c55e07b2f4410bb98cc23de45fa6701928374", "Tom Reyes", Start.AddHours(-2), "Tidy the prompt and the CRM look-up"),
            "B: bubblewrap without a cgroup; namespaces, no network, read-only tree; memory best effort", "20260302",
            new VerdictView(
                VerdictKind.Regressed,
                "14 of 58 visible samples that passed before now fail. So large a rise by chance alone is rarer than one in a million.",
                "Exact conditional test over 58 samples, 5 baseline runs each: p = 3.1e-09 at alpha 0.05; confirmed on fresh pairs, p = 8.4e-06.",
                new Rate(286, 290, 0.965, 0.996), new Rate(88, 116, 0.671, 0.828), 58, 14, 0)
            {
                Looks =
                [
                    new SequentialLook(15, 6, 15, 0, 0, 0), new SequentialLook(30, 13, 16, 0, 0.0002, 0.001),
                    new SequentialLook(45, 21, 17, 6, 0.008, 0.02),
                ],
                Slices = [new SliceVerdict(["enterprise"], 12, 0.983, 0.25, 2e-7, 0.0025), new SliceVerdict(["smb", "trial"], 20, 0.99, 0.975, 0.41, 0.005)],
            },
            new Diagnosis(
                Cause.Prompt, RemedyAction.Repair, Component.Prompt, [LostRule], [], true,
                [new CommitView("a82e6610f3ce4d0199b7e6f25ab03c4d5e6f7081", "Tom Reyes", Start.AddDays(-1), "Say the same in fewer words")],
                0.987,
                [
                    "Sentinels answered as before in 10 of 10 runs: the world stands.",
                    "Failing samples failed again in 27 of 28 fresh runs: it repeats.",
                    "The baseline passed the same samples now in 28 of 28 runs: it is the version, not the world.",
                    "Head with the baseline's prompt passed 14 of 14; with its code 0 of 14; with its tools 1 of 14; with its data 0 of 14.",
                    "Of 5 commits, a82e6610f3ce is the first that fails (posterior 0.99, 9 runs).",
                    "Of 7 hunks, dropping hunk 4 alone mends head: 28 of 28; dropping all the others does not: 1 of 28.",
                ],
                null),
            [
                new Attempt(
                    1, "restore", true, "Every check passed.",
                    new Fix(
                        "d19c55e07b2f4410bb98cc23de45fa6701928374", "93fe01aa77bb62d4c5e80f1b2a3c4d5e6f708192",
                        "diff --git a/prompts/score.md b/prompts/score.md\n--- a/prompts/score.md\n+++ b/prompts/score.md\n@@ -12,5 +12,6 @@ Rules\n - A free mail address is never `enterprise`.\n \n-- Large companies score high.\n+- A company with 500 employees or more is `enterprise`, whatever its industry.\n+- Score it 85 or more.\n - Spam scores 0.\n \n",
                        ["prompts/score.md"], Verification.Full),
                    [
                        new Check("patch gate", true, "1 file, 3 lines, all of it in allowed paths"),
                        new Check("tests", true, "12 tests of the agent's own passed"),
                        new Check("failing samples", true, "42 of 42 runs"),
                        new Check("all samples", true, "287 of 290 runs; odds above 3 are excluded"),
                        new Check("held-out samples", true, "121 of 125 runs; the good version had 120 of 125"),
                        new Check("unpatched still fails", true, "1 of 42 runs passed"),
                        new Check("reverted fails again", true, "2 of 42 runs passed"),
                        new Check("applies to the tip", true, "the tip is head"),
                    ],
                    new AcceptanceScores(new Rate(89, 116, 0.68, 0.835), new Rate(287, 290, 0.97, 0.998), new Rate(120, 125, 0.909, 0.987), new Rate(121, 125, 0.92, 0.991)),
                    new RunCost(698, 1_391, 1_391, 812_400, 0.41m)),
            ],
            new Proposal("branch", "kintsugi/gtm-lead-scorer/b41d09e2c7aa", "5d0e9b1c22aa34f0b1c2d3e4f5061728394a5b6c", "report.html", "full"),
            strip,
            [
                new TimeLineEntry(Start, TimeSpan.FromSeconds(2.1), "evaluate", "Ran 58 visible samples of head, 2 runs each", 116, 231, 0),
                new TimeLineEntry(Start.AddSeconds(2.2), TimeSpan.FromSeconds(0.1), "detect", "Held them against the blessed runs: regressed", 0, 0, 0),
                new TimeLineEntry(Start.AddSeconds(2.3), TimeSpan.FromSeconds(1.4), "detect", "Confirmed on fresh, interleaved pairs", 56, 112, 0),
                new TimeLineEntry(Start.AddSeconds(3.7), TimeSpan.FromSeconds(1.9), "triage", "Swapped components", 70, 140, 98),
                new TimeLineEntry(Start.AddSeconds(5.6), TimeSpan.FromSeconds(0.9), "triage", "Searched 5 commits", 27, 54, 41),
                new TimeLineEntry(Start.AddSeconds(6.5), TimeSpan.FromSeconds(1.7), "triage", "Searched 7 hunks", 84, 168, 131),
                new TimeLineEntry(Start.AddSeconds(8.2), TimeSpan.FromSeconds(6.3), "repair", "Attempt 1, restore: accepted on fresh runs", 698, 1_391, 0),
                new TimeLineEntry(Start.AddSeconds(14.5), TimeSpan.FromSeconds(0.2), "review", "Made the branch and this report", 0, 0, 0),
            ],
            new FailureTrace(
                "lead-017", """{"company":"Northwind Freight","domain":"northwind-freight.example","employees":1200,"country":"DE"}""",
                """{"tier":"enterprise","owner":"emea"}""", """{"tier":"enterprise","score":90,"owner":"emea"}""", """{"tier":"mid_market","score":70,"owner":"emea"}""", null,
                ["exact $.tier: expected enterprise, got mid_market"],
                ["model gpt-4o-mini: asked for lookup_company", "tool lookup_company {\"domain\":\"northwind-freight.example\"} → 1200 employees", "model gpt-4o-mini: answered"]),
            new RunCost(1_051, 2_096, 1_826, 1_204_000, 0.63m), TimeSpan.FromSeconds(14.7),
            "kintsugi heal . --base 4be1f02c9d7a --head d19c55e07b2f --seed 20260302",
            [
                "Code (src/score.py, 2 hunks): head with the baseline's code fails as before, 0 of 14.",
                "Data (data/crm.json, 3 hunks): head with the baseline's data fails as before, 0 of 14.",
                "The provider's model: it answers the baseline's prompts as it did.",
            ],
            ["The model is the simulated provider: no language model answered."],
            new FailureDigest(
                14, [new FailureCluster("$.tier is <s> expected <s>", ["lead-017", "lead-021", "lead-022", "lead-030", "lead-031", "lead-034", "lead-040", "lead-041", "lead-044", "lead-047", "lead-049", "lead-052"]),
                    new FailureCluster("$.score is <n> expected <n> within <n>", ["lead-008", "lead-055"])],
                6, 25, [new SuspectStep(2, "tool lookup_company {\"domain\":\"northwind-freight.example\"} → 1200 employees", 0.58)]))
        {
            Advice = new Advice(
                new Opinion(
                    Cause.Prompt, FailureMode.PromptNotFollowed, ["hunk-5", "hunk-2"],
                    [
                        new ChainLink("The rule that names 500 employees was replaced by one that names no number.", ["hunk-5", "commit-a82e6610f3ce"]),
                        new ChainLink("The model gives freight companies of 1,200 employees the tier mid_market.", ["sample-lead-017", "asked-1"]),
                        new ChainLink("The territory plan says so.", ["probe-31"]),
                    ],
                    0.85, RemedyAction.Repair, "The threshold for enterprise left the prompt. Without it the model guesses, and guesses too low.")
                {
                    Disputes = [new Dispute("hunk-2", "With it in place head is good, once the proven culprit is gone."), new Dispute("link 3", "There is no evidence probe-31.")],
                },
                null,
                [
                    new EvidenceItem("hunk-2", "src/score.py @@ -3,1 +3,1 @@"), new EvidenceItem("hunk-5", "prompts/score.md @@ -14,2 +14,1 @@"), new EvidenceItem("commit-a82e6610f3ce", "Say the same in fewer words"),
                    new EvidenceItem("sample-lead-017", "exact $.tier: expected enterprise, got mid_market"), new EvidenceItem("asked-1", "lead-017 run 3 times on head"),
                ],
                [new WriterStep("rerun", "{\"sample\":\"lead-017\",\"times\":3}", "asked-1\n{ \"version\": \"head\" }"), new WriterStep("answer", "{\"cause\":\"prompt\"}", "Thank you.")],
                "triage 1, 9f2b"),
            Judges = [new JudgeView("judge rubrics/tone.md (n1n/claude-3-5-sonnet) decides with the others: its card of 2026-02-20 rests on 100 labels.", new Rate(46, 50, 0.808, 0.978), new Rate(44, 50, 0.757, 0.955), new Rate(97, 100, 0.915, 0.994))],
        };
    }

    /// <summary>A fix that a model wrote, where the restore was forbidden.</summary>
    public static IncidentReport Written()
    {
        var (proposed, escalated) = (Proposed(), Escalated());
        var writing = new Writing(
            [], "The CRM calls the field headcount now. crm.py reads it by that name.",
            [
                new WriterStep("read", "{\"path\":\"crm.py\"}", "1\t\"\"\"The companies that sales knows, by web domain.\"\"\""),
                new WriterStep("edit", "{\"path\":\"crm.py\",\"old\":\"employees\",\"new\":\"headcount\"}", "crm.py is written."),
                new WriterStep("says", "", "That should do."),
            ])
        {
            Prompts = [new PromptUse("repair", 2, "5f3a9c1e77d0b4486a1c"), new PromptUse("repair-tools", 1, "0c9d21aa34be8f77e1d2")],
            Candidates =
            [
                new CandidateScore(1, "n1n/deepseek-v3", "The CRM calls the field headcount now.", null, 40, 40, 2, true),
                new CandidateScore(2, "anthropic/claude-3-5-sonnet", "I take the field by either name.", null, 40, 40, 6, false),
                new CandidateScore(3, "deepseek/deepseek-chat", "I catch what is missing.", "patch gate: crm.py:31 catches every error and goes on", 0, 0, 0, false),
            ],
        };
        return proposed with { Attempts = [escalated.Attempts[0], proposed.Attempts[0] with { N = 2, Strategy = "rewrite", Writing = writing }] };
    }

    public static IncidentReport Escalated()
    {
        var proposed = Proposed();
        return proposed with
        {
            Outcome = IncidentOutcome.Escalated,
            OutcomeReason = "No fix within the allowed paths passed its checks.",
            Alarm = new AlarmView(
                "lead-scorer", "1.1.0", proposed.Head.Id, Start.AddHours(-5), Start.AddHours(-2), AlarmRule.TwoHours, 0.0175,
                [
                    new AlarmedError("1ddfca117387226d", "KeyError: <s>", 22, 60, 0, 5_760, ["7cf18d343ae02ce4549a5685a9c740fd", "5cd37c9c3695dfdae81cf0bd64b7e8e2"]),
                    new AlarmedError("0a0a0a0a0a0a0a0a", "", 4, 60, 9, 5_760, []),
                ], 3),
            Advice = new Advice(null, "No model answers for triage (timeout).", [], [], "triage 1, 9f2b"),
            Proposal = null,
            Strip = Strip(mended: false),
            Attempts =
            [
                new Attempt(
                    1, "restore", false, "data/crm.json may not be restored: the file is listed under never_restore.", null,
                    [new Check("patch gate", false, "data/crm.json is listed under repair.never_restore")], null, RunCost.None),
            ],
            TimeLine =
            [
                .. proposed.TimeLine.Take(6),
                new TimeLineEntry(Start.AddSeconds(8.2), TimeSpan.FromSeconds(0.1), "repair", "Attempt 1, restore: refused by the patch gate", 0, 0, 0),
                new TimeLineEntry(Start.AddSeconds(8.3), TimeSpan.FromSeconds(0.1), "review", "Wrote this report", 0, 0, 0),
            ],
            Cost = new RunCost(353, 705, 435, 391_600, 0.22m),
            Duration = TimeSpan.FromSeconds(8.4),
            Diagnosis = proposed.Diagnosis! with
            {
                Commits = [new CommitView("c0771aa2be93d8f4061b2c3d4e5f60718293a4b5", "Mia Okafor", Start.AddDays(-2), "Import the CRM export of March")],
                Evidence =
                [
                    "Sentinels answered as before in 10 of 10 runs: the world stands.",
                    "The baseline passed the failing samples now in 28 of 28 runs: it is the version, not the world.",
                    "Head with the baseline's data passed 14 of 14; with its prompt 0 of 14; with its code 0 of 14.",
                    "Of 7 hunks, dropping hunk 2 alone mends head: 28 of 28.",
                ],
                Cause = Cause.DataStructure,
                Action = RemedyAction.Escalate,
                Component = Component.Data,
                Confidence = 0.96,
                Culprit = [new HunkView(2, "data/crm.json", "@@ -3,1 +3,1 @@", ["    \"employees\": 1200,"], ["    \"headcount\": 1200,"], Component.Data)],
            },
            RuledOut = ["The prompt: head with the baseline's prompt fails as before, 0 of 14.", "The provider's model: it answers as it did."],
        };
    }

    private static IReadOnlyList<SampleStrip> Strip(bool mended) =>
    [
        .. Enumerable.Range(1, 58).Select(n =>
        {
            var broken = n % 4 == 1 && n < 57;
            var flaky = n is 22 or 39;
            return new SampleStrip(
                $"lead-{n:000}", flaky ? "11011" : "11111", broken ? n == 13 ? "01" : "00" : flaky ? "10" : "11",
                mended ? flaky ? "11101" : "11111" : null);
        }),
    ];
}

using Kintsugi.Evaluation.Agents;
using Kintsugi.Evaluation.Alarms;
using Kintsugi.Evaluation.Detection;
using Kintsugi.Evaluation.Running;
using Kintsugi.Healing.Incidents;
using Kintsugi.Healing.Prompts;
using Kintsugi.Healing.Repair;
using Kintsugi.Healing.Review;
using Kintsugi.Healing.Triage;

namespace Kintsugi.Tests.Healing.Incidents;

public class IncidentEventCodecTests
{
    public static TheoryData<string> EverWritten => [.. Directory.EnumerateFiles(Repository.PathOf("tests/events"), "*.json").Select(Path.GetFileName).OfType<string>()];

    [Theory]
    [MemberData(nameof(EverWritten))]
    public void Every_event_ever_written_can_be_read(string file)
    {
        var parts = file.Split('.');
        var text = File.ReadAllText(Repository.PathOf($"tests/events/{file}"));

        var happened = IncidentEventCodec.Read(parts[0], int.Parse(parts[1], System.Globalization.CultureInfo.InvariantCulture), text);

        Assert.Equal(parts[0], IncidentEventCodec.Write(happened).Name);
    }

    [Fact]
    public void One_file_is_kept_of_every_kind_and_version()
    {
        var kept = Directory.EnumerateFiles(Repository.PathOf("tests/events"), "*.json").Select(Path.GetFileNameWithoutExtension).ToHashSet();

        Assert.All(IncidentEventCodec.Names, kind => Assert.Contains($"{kind.Name}.{kind.Schema}", kept));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void What_is_written_today_is_what_the_kept_file_says(string name)
    {
        var (_, schema, body) = IncidentEventCodec.Write(Examples.Single(e => IncidentEventCodec.Write(e).Name == name));
        var file = Repository.PathOf($"tests/events/{name}.{schema}.json");
        if (Environment.GetEnvironmentVariable("UPDATE_GOLDEN") == "1" && !File.Exists(file)) File.WriteAllText(file, body + "\n");

        Assert.Equal(File.ReadAllText(file).TrimEnd(), body);
    }

    [Fact]
    public void An_event_of_a_newer_product_is_refused_by_name() =>
        Assert.Contains("Update kintsugi", Assert.Throws<StorageFormatException>(() => IncidentEventCodec.Read("looked", 99, "{}")).Message, StringComparison.Ordinal);

    [Fact]
    public void Swaps_of_logs_from_before_there_were_proofs_have_none()
    {
        var swapped = (ComponentsSwapped)IncidentEventCodec.Read("components_swapped", 1, File.ReadAllText(Repository.PathOf("tests/events/components_swapped.1.json")));

        Assert.Null(swapped.Proofs);
        Assert.Equal(1, swapped.Fit);
        Assert.NotEmpty(swapped.Blamed);
    }

    [Fact]
    public void A_damaged_event_says_what_to_do() =>
        Assert.Contains("damaged", Assert.Throws<StorageFormatException>(() => IncidentEventCodec.Read("closed", 1, "{")).Message, StringComparison.Ordinal);

    public static TheoryData<string> Kinds => [.. IncidentEventCodec.Names.Select(n => n.Name)];

    private static readonly RunCost Cost = new(80, 240, 60, 90_000, 0.25m);
    private static readonly TimeSpan Took = TimeSpan.FromSeconds(1.5);
    private static readonly CommitView Commit = new("0123456789abcdef0123456789abcdef01234567", "Ada <ada@example.com>", new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero), "Tidy the rubric");
    private static readonly HunkView Hunk = new(3, "prompts/score.md", "@@ -12,1 +11,0 @@", ["- Add 30 points."], [], Component.Prompt);
    private static readonly Rate Rate = new(95, 100, 0.887, 0.984);
    private static readonly Trial Trial = new(TrialPurpose.Search, [3], 0.01, 0);

    private static readonly Diagnosis Diagnosis = new(
        Cause.Prompt, RemedyAction.Repair, Component.Prompt, [Hunk], [[Hunk]], true, [Commit], 0.99, ["Head without the culprit hunk passes."], null);

    private static readonly Attempt Attempt = new(
        1, "restore", true, "all 8 checks", new Fix(Commit.Id, Commit.Id, "diff --git a/x b/x\n", ["prompts/score.md"], Verification.Full),
        [new Check("tests", true, "the agent's own tests pass")], new AcceptanceScores(Rate, Rate, Rate, Rate), Cost, InDoubt: false,
        new Writing([new WrittenFile("prompts/score.md", "100644", "Add 30 points.\n"u8.ToArray()), new WrittenFile("old.md", "100644", null)], "The line is back.", [new WriterStep("read", "{\"path\":\"prompts/score.md\"}", "1\tAdd")])
        {
            Prompts = [new PromptUse("repair", 1, "00ff")],
            Candidates = [new CandidateScore(1, "n1n/deepseek-v3", "The line is back.", null, 38, 40, 1, true), new CandidateScore(2, "anthropic/claude", "", "no model answered (overloaded)", 0, 0, 0, false)],
            FittedTo = "n1n/gpt-4o (served as gpt-4o-2026-01-01)",
        });

    private static readonly IncidentEvent[] Examples =
    [
        new Opened("lead-scorer", "agents/gtm", "/repo", "origin", Commit, Commit, "main", "aa", "bb", "tier B", 7),
        new Revisited(Commit, "main", "cc", "tier B"),
        new Alarmed(new AlarmView(
            "desk", "1.1.0", "a7ae47112d1af6a73156cd93b0006a5d9e045086", Commit.At, Commit.At.AddHours(3), AlarmRule.TwoHours, 0.0175,
            [new AlarmedError("1ddfca117387226d", "KeyError: <s> missing in answer <n>", 22, 60, 0, 5760, ["7cf18d343ae02ce4549a5685a9c740fd"])], 3)),
        new BaselineTaken(false, new Dictionary<string, string> { ["lead-001"] = "11110" }, Cost, Took),
        new Looked(0, true, 2, new VerdictView(VerdictKind.Regressed, "Worse.", "p = 0.001", Rate, Rate, 100, 12, 1)
        {
            Looks = [new SequentialLook(13, 4, 9, 0, 0.0001, 0.001), new SequentialLook(100, 30, 22, 12, 0.03, 0.04)],
            Slices = [new SliceVerdict(["enterprise"], 20, 0.9, 0.2, 0.0001, 0.005)],
        }, [new SampleRecord("lead-001", false, "11111", "0w")], null,
            new FailureTrace("lead-001", "{}", "{}", null, "{}", null, ["exact: wrong"], ["model sim-large: stop"]), Cost, Took)
        {
            Judges = [new JudgeView("judge rubrics/outreach.md (n1n/claude-3-5-sonnet) only advises.", Rate, null, Rate)],
        },
        new WorldFailed(0, ["rate limit (12)"], 12, 100, Cost, Took),
        new PairsRun(true, false, false, "20 samples", [new SampleRecord("lead-001", false, "1", "0")], Cost, Took),
        new DiffCut([Hunk], ["lead-001"]),
        new ComponentsSwapped([Component.Prompt], "the prompt alone spoils the baseline", 0.995, ["prompt new: 2 of 2 failed"], Cost, Took, 0.8,
            [new SwapProof("code + data new", false, TrialOutcome.Good, 5, 5), new SwapProof("prompt new", true, TrialOutcome.Bad, 0, 5)]),
        new CommitsBisected(Commit, 0.97, 8, Cost, Took),
        new TrialRun(Trial, TrialOutcome.Good, 8, 8, Cost, Took),
        new Diagnosed(Diagnosis, [3], [[4]], Cost, Took),
        new Decided(new PolicyDecision(RemedyAction.RollBack, "healing.yaml(4)", null, Severity.High, Fixability.Writable, "The policy, healing.yaml(4), says roll_back.")),
        new Advised(
            new Opinion(Cause.Prompt, FailureMode.PromptNotFollowed, ["hunk-4"], [new ChainLink("The rule is gone.", ["hunk-4", "probe-9"])], 0.8, RemedyAction.Repair, "A rule was lost.")
            {
                Disputes = [new Dispute("link 1", "There is no evidence probe-9.")],
            },
            null, [new EvidenceItem("hunk-4", "prompts/score.md @@ -12,1 +11,0 @@")], [new WriterStep("rerun", "{\"sample\":\"lead-001\"}", "asked-1")], new PromptUse("triage", 1, "ab"), Cost, Took),
        new AttemptMade(Attempt, [new SampleRecord("lead-001", false, "11111", "1")]) { Duration = Took },
        new ProposalIntended("kintsugi/lead-scorer/0123456789ab", Commit.Id, Commit.Id, "0123456789ab", Commit.At),
        new Proposed(new Proposal("branch", "kintsugi/lead-scorer/0123456789ab", Commit.Id, "", "full"), Cost, Took),
        new Requested(new ReviewRequest("comment:17", "ada", RequestKind.Retry, "Keep the rule for partners.")),
        new Answered("comment:17"),
        new Declined("comment:18", "mallory"),
        new TakenOver(Commit.Id, "ada"),
        new Merged(Commit.Id, "ada"),
        new EscalationIntended("0123456789ab"),
        new EscalationFiled("https://forge.example/o/n/issues/4"),
        new ConversationEnded(),
        new Closed(IncidentOutcome.LeftAlone, "transient") { IsRemembered = true },
    ];
}

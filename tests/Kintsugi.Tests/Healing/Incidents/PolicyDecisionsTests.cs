using Kintsugi.Evaluation.Agents;
using Kintsugi.Evaluation.Detection;
using Kintsugi.Evaluation.Running;
using Kintsugi.Healing.Incidents;
using Kintsugi.Healing.Repair;
using Kintsugi.Healing.Review;
using Kintsugi.Healing.Triage;

namespace Kintsugi.Tests.Healing.Incidents;

/// <summary>What the loop does about each cause when the owner's policy asks for each action.</summary>
public class PolicyDecisionsTests
{
    private const string Attempt = "attempt restore", Roll = "attempt roll_back", Person = "escalated", Alone = "left_alone";

    [Theory]
    // A proven culprit: what the rule says is done, but for a retry (it repeats) and a model that nobody chose.
    [InlineData(Cause.Code, RemedyAction.Repair, RemedyAction.Repair, Attempt)]
    [InlineData(Cause.Code, RemedyAction.RollBack, RemedyAction.RollBack, Roll)]
    [InlineData(Cause.Code, RemedyAction.Repin, RemedyAction.Repair, Attempt)]
    [InlineData(Cause.Code, RemedyAction.Quarantine, RemedyAction.Quarantine, Alone)]
    [InlineData(Cause.Code, RemedyAction.Retry, RemedyAction.Repair, Attempt)]
    [InlineData(Cause.Code, RemedyAction.Escalate, RemedyAction.Escalate, Person)]
    [InlineData(Cause.Model, RemedyAction.Repin, RemedyAction.Repin, Attempt)]
    [InlineData(Cause.Model, RemedyAction.Repair, RemedyAction.Repair, Attempt)]
    [InlineData(Cause.Model, RemedyAction.RollBack, RemedyAction.RollBack, Roll)]
    // Gold that is out of date is never repaired, whatever a rule says.
    [InlineData(Cause.GoldenOutdated, RemedyAction.Repair, RemedyAction.Escalate, Person)]
    [InlineData(Cause.GoldenOutdated, RemedyAction.RollBack, RemedyAction.Escalate, Person)]
    [InlineData(Cause.GoldenOutdated, RemedyAction.Quarantine, RemedyAction.Quarantine, Alone)]
    // No culprit: nothing is repaired; the whole diff is what confirmed pairs show to be worse.
    [InlineData(Cause.Unknown, RemedyAction.Repair, RemedyAction.Escalate, Person)]
    [InlineData(Cause.Unknown, RemedyAction.Repin, RemedyAction.Escalate, Person)]
    [InlineData(Cause.Unknown, RemedyAction.RollBack, RemedyAction.RollBack, Roll)]
    // Outside of the repository nothing is put back and nothing is written.
    [InlineData(Cause.ModelDrift, RemedyAction.Repair, RemedyAction.Escalate, Person)]
    [InlineData(Cause.ModelDrift, RemedyAction.Repin, RemedyAction.Escalate, Person)]
    [InlineData(Cause.ModelDrift, RemedyAction.RollBack, RemedyAction.Escalate, Person)]
    [InlineData(Cause.ModelDrift, RemedyAction.Retry, RemedyAction.Retry, Alone)]
    [InlineData(Cause.ModelDrift, RemedyAction.Quarantine, RemedyAction.Quarantine, Alone)]
    [InlineData(Cause.BadInput, RemedyAction.Repair, RemedyAction.Quarantine, Alone)]
    [InlineData(Cause.BadInput, RemedyAction.Escalate, RemedyAction.Escalate, Person)]
    [InlineData(Cause.Transient, RemedyAction.RollBack, RemedyAction.Retry, Alone)]
    [InlineData(Cause.Transient, RemedyAction.Quarantine, RemedyAction.Retry, Alone)] // no sample fails
    [InlineData(Cause.Transient, RemedyAction.Escalate, RemedyAction.Escalate, Person)]
    public void A_rule_chooses_among_what_the_proof_allows(Cause cause, RemedyAction asked, RemedyAction done, string then)
    {
        var terms = Terms(Rule(asked));
        var log = Log(cause);

        var decision = Assert.IsType<DecideStep>(IncidentLoop.Next(Fold(log), terms)).Decision;

        Assert.Equal((done, "healing.yaml(3)", done == asked ? (RemedyAction?)null : asked), (decision.Action, decision.Rule, decision.Refused));
        Assert.Contains("Its reason: so we do.", decision.Reason, StringComparison.Ordinal);
        Assert.Equal(done != asked, decision.Reason.Contains("That is not done, since", StringComparison.Ordinal));
        Assert.Equal(then, Said(IncidentLoop.Next(Fold([.. log, new Decided(decision)]), terms)));
    }

    [Theory]
    [InlineData(Cause.Code, Attempt)]
    [InlineData(Cause.ModelDrift, Person)]
    [InlineData(Cause.Transient, Alone)]
    public void Without_a_policy_nothing_is_decided_and_nothing_said_of_it(Cause cause, string then)
    {
        var next = IncidentLoop.Next(Fold(Log(cause)), Terms());

        Assert.Equal(then, Said(next));
        if (next is CloseStep close) Assert.DoesNotContain("policy", close.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Where_no_rule_matches_the_diagnosis_stands_and_the_log_says_so()
    {
        var terms = Terms(Rule(RemedyAction.Quarantine) with { Causes = [Cause.Prompt] });

        var decision = Assert.IsType<DecideStep>(IncidentLoop.Next(Fold(Log(Cause.Code)), terms)).Decision;

        Assert.Equal((RemedyAction.Repair, null, null), (decision.Action, decision.Rule, decision.Refused));
        Assert.Equal("No rule of the policy is about severity high, confidence 0.95, fixability restorable, cause code: the diagnosis's repair stands.", decision.Reason);
    }

    [Fact]
    public void What_a_rule_chose_and_which_samples_are_to_be_looked_at_is_the_reason_of_the_end()
    {
        var close = Assert.IsType<CloseStep>(Decide(Log(Cause.Code), Terms(Rule(RemedyAction.Quarantine))));

        Assert.Equal(
            "code: nothing in the agent is to be changed. The policy, healing.yaml(3), says quarantine for severity high, confidence 0.95, fixability restorable, cause code; to be looked at: s-1, 1 held out. Its reason: so we do.",
            close.Reason);
    }

    [Fact]
    public void What_can_still_be_fixed_changes_with_each_refusal_and_the_policy_is_asked_again()
    {
        var terms = Terms(Rule(RemedyAction.RollBack) with { Fixabilities = [Fixability.None] });
        IncidentEvent[] refused = [.. Decided(Log(Cause.Code), terms), Tried(1, "restore")];

        Assert.Equal(Attempt, Said(Decide(Log(Cause.Code), terms)));
        Assert.Equal(Roll, Said(Decide(refused, terms)));
        Assert.Equal(2, Assert.IsType<AttemptStep>(Decide(refused, terms)).N);
        Assert.Equal([1, 3], Assert.IsType<AttemptStep>(Decide(refused, terms)).Restore);
    }

    [Fact]
    public void Writers_that_are_there_make_it_writable_and_a_rule_may_keep_it_from_them()
    {
        var terms = Terms(Rule(RemedyAction.Escalate) with { Fixabilities = [Fixability.Writable] }) with { Writers = new Writers([Writers.Rewrite]) };
        IncidentEvent[] refused = [.. Decided(Log(Cause.Code), terms), Tried(1, "restore")];

        Assert.StartsWith("No fix passed in 1 attempt. The policy, healing.yaml(3), says escalate", Assert.IsType<CloseStep>(Decide(refused, terms)).Reason, StringComparison.Ordinal);
        Assert.IsType<WriteStep>(IncidentLoop.Next(Fold([.. Log(Cause.Code), Tried(1, "restore")]), terms with { Policy = RepairPolicy.None }));
    }

    [Fact]
    public void A_culprit_that_may_not_be_put_back_is_not_restorable()
    {
        var terms = Terms(Rule(RemedyAction.Escalate) with { Fixabilities = [Fixability.None] }) with { MayRestore = file => file != "agent.py" };

        Assert.Equal(Person, Said(Decide(Log(Cause.Code), terms)));
    }

    [Fact]
    public void What_cannot_all_be_put_back_is_not_rolled_back_and_the_diagnosis_stands()
    {
        var decision = PolicyDecisions.Of(Fold(Log(Cause.Code)), Terms(Rule(RemedyAction.RollBack)) with { MayRestore = file => file != "agent.py" });

        Assert.Equal((RemedyAction.Repair, RemedyAction.RollBack), (decision.Action, decision.Refused));
        Assert.Contains("agent.py changed as well", decision.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void All_hunks_are_put_back_once_and_again_only_where_that_left_a_doubt()
    {
        var terms = Terms(Rule(RemedyAction.RollBack));
        var log = Decided(Log(Cause.Code), terms);

        Assert.Equal(Roll, Said(IncidentLoop.Next(Fold([.. log, Tried(1, "roll_back", inDoubt: true)]), terms)));
        Assert.Equal("No fix passed in 1 attempt.", Assert.IsType<CloseStep>(IncidentLoop.Next(Fold([.. log, Tried(1, "roll_back")]), terms)).Reason);
        Assert.Equal("No fix passed in 3 attempts.", Assert.IsType<CloseStep>(
            IncidentLoop.Next(Fold([.. log, .. Enumerable.Range(1, 3).Select(n => Tried(n, "roll_back", inDoubt: true))]), terms)).Reason);
    }

    [Fact]
    public void A_roll_back_counts_against_no_set_of_culprit_hunks()
    {
        var state = Fold([.. Log(Cause.Code), Tried(1, "roll_back"), Tried(2, "restore")]);

        Assert.Equal([1, 3], state.RestoredBy(0));
        Assert.Equal([3], state.RestoredBy(1));
        Assert.Null(state.NextToRestore);
    }

    [Fact]
    public void A_fix_that_passed_is_proposed_whatever_the_policy_says_by_then()
    {
        var passed = new AttemptMade(new Attempt(1, "restore", true, "", null, [], null, RunCost.None), []);

        Assert.IsType<IntendStep>(IncidentLoop.Next(Fold([.. Log(Cause.Code), passed]), Terms(Rule(RemedyAction.Escalate))));
    }

    [Fact]
    public void A_policy_that_was_changed_or_taken_away_is_asked_again_when_an_incident_is_taken_up()
    {
        var log = Decided(Log(Cause.Code), Terms(Rule(RemedyAction.RollBack)));

        Assert.Equal(RemedyAction.Escalate, Assert.IsType<DecideStep>(IncidentLoop.Next(Fold(log), Terms(Rule(RemedyAction.Escalate)))).Decision.Action);
        Assert.Equal(RemedyAction.Repair, Assert.IsType<DecideStep>(IncidentLoop.Next(Fold(log), Terms())).Decision.Action);
    }

    /// <summary>The step after whatever has to be written down first.</summary>
    private static Step Decide(IncidentEvent[] log, LoopTerms terms) => IncidentLoop.Next(Fold(Decided(log, terms)), terms);

    private static IncidentEvent[] Decided(IncidentEvent[] log, LoopTerms terms) =>
        IncidentLoop.Next(Fold(log), terms) is DecideStep step ? [.. log, new Decided(step.Decision)] : log;

    private static string Said(Step step) => step switch
    {
        AttemptStep { RollsBack: true } => Roll,
        AttemptStep => Attempt,
        CloseStep close => Words.Snake(close.Outcome),
        _ => step.GetType().Name,
    };

    private static LoopTerms Terms(params PolicyRule[] rules) => new(3, Writers.None) { Policy = new RepairPolicy("healing.yaml", null, rules) };

    private static PolicyRule Rule(RemedyAction action) => new(3, [], null, null, [], [], action, "so we do.");

    private static AttemptMade Tried(int n, string strategy, bool inDoubt = false) => new(new Attempt(n, strategy, false, "", null, [], null, RunCost.None, inDoubt), []);

    private static IncidentState Fold(IncidentEvent[] log) => IncidentState.Fold("i", [.. log.Select((e, i) => new LoggedEvent(i + 1, DateTimeOffset.UnixEpoch, e))]);

    /// <summary>Up to the diagnosis of that cause, with the evidence that it takes.</summary>
    private static IncidentEvent[] Log(Cause cause)
    {
        var isOutside = cause is Cause.ModelDrift or Cause.Transient or Cause.BadInput;
        var component = cause == Cause.Model ? Component.Model : Component.Code;
        HunkView[] hunks = [new(1, "README.py", "@@", [], [], Component.Code), new(3, "agent.py", "@@", [], [], component)];
        var culprit = isOutside || cause == Cause.Unknown ? [] : hunks[1..];
        var action = cause switch
        {
            Cause.Model => RemedyAction.Repin,
            Cause.Code => RemedyAction.Repair,
            Cause.BadInput => RemedyAction.Quarantine,
            Cause.Transient => RemedyAction.Retry,
            _ => RemedyAction.Escalate,
        };
        var diagnosis = new Diagnosis(cause, action, null, culprit, [], true, [], 0.95, [], null);
        List<IncidentEvent> log =
        [
            new Opened("agent", "", "/repo", "origin", Commit, Commit, "main", "", "", "tier B", 1), new BaselineTaken(true, new Dictionary<string, string>(), RunCost.None, TimeSpan.Zero),
            new Looked(
                0, false, 0, new VerdictView(VerdictKind.Regressed, "", "", new Rate(9, 10, 0, 1), new Rate(5, 10, 0, 1), 10, 4, 0),
                [new("s-1", false, "111", "000"), new("s-2", false, "111", "1"), new("s-9", true, "111", "0")], null, null, RunCost.None, TimeSpan.Zero),
        ];
        if (cause != Cause.Transient) log.Add(new PairsRun(!isOutside, isOutside, cause == Cause.BadInput, "pairs", [], RunCost.None, TimeSpan.Zero));
        if (!isOutside) log.Add(new DiffCut(hunks, ["s-1"]));
        log.Add(new Diagnosed(diagnosis, [.. culprit.Select(h => h.Index)], [], RunCost.None, TimeSpan.Zero));
        return [.. log];
    }

    private static readonly CommitView Commit = new("0123456789abcdef", "a", DateTimeOffset.UnixEpoch, "s");
}

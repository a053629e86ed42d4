using Kintsugi.Evaluation.Detection;
using Kintsugi.Evaluation.Running;
using Kintsugi.Healing.Incidents;
using Kintsugi.Healing.Repair;
using Kintsugi.Healing.Review;
using Kintsugi.Healing.Triage;

namespace Kintsugi.Tests.Healing.Incidents;

public class IncidentLoopTests
{
    [Fact]
    public void A_new_incident_takes_its_baseline_and_is_looked_at()
    {
        Assert.IsType<BaselineStep>(NextOf([Opening]));
        Assert.Equal(new LookStep(0, TimeSpan.Zero), Next());
    }

    [Fact]
    public void A_healthy_version_closes_it() => Assert.Equal(IncidentOutcome.Healthy, Assert.IsType<CloseStep>(Next(Look(VerdictKind.Healthy))).Outcome);

    [Fact]
    public void Nothing_acts_on_a_regression_before_it_is_confirmed() => Assert.IsType<ConfirmStep>(Next(Look(VerdictKind.Regressed)));

    [Fact]
    public void What_is_not_confirmed_is_insufficient_and_never_healthy() =>
        Assert.Equal(IncidentOutcome.Insufficient, Assert.IsType<CloseStep>(Next(Look(VerdictKind.Regressed), Pairs(confirmed: false))).Outcome);

    [Theory]
    [InlineData(VerdictKind.Insufficient)]
    [InlineData(VerdictKind.Flaky)]
    public void An_undecided_first_block_has_a_second_where_one_was_planned(VerdictKind kind) =>
        Assert.Equal(new LookStep(1, TimeSpan.Zero), Next(Look(kind, more: true)));

    [Fact]
    public void An_undecided_last_block_is_insufficient() =>
        Assert.Equal(IncidentOutcome.Insufficient, Assert.IsType<CloseStep>(Next(Look(VerdictKind.Insufficient))).Outcome);

    [Fact]
    public void A_failing_world_is_waited_for_longer_and_longer()
    {
        var first = Assert.IsType<LookStep>(Next(Down));
        var second = Assert.IsType<LookStep>(Next(Down, Down));

        Assert.Equal(0, first.N);
        Assert.True(second.Wait > first.Wait);
    }

    [Fact]
    public void A_world_that_stays_down_is_no_verdict() =>
        Assert.IsType<WorldIsDown>(Next([.. Enumerable.Repeat<IncidentEvent>(Down, IncidentLoop.WorldPatience)]));

    [Fact]
    public void A_world_that_came_back_is_diagnosed_as_transient() => Assert.IsType<DiagnoseStep>(Next(Down, Look(VerdictKind.Healthy)));

    [Fact]
    public void Runs_that_had_to_be_repeated_are_diagnosed_as_transient() => Assert.IsType<DiagnoseStep>(Next(Look(VerdictKind.Healthy, repeated: 50)));

    [Fact]
    public void A_baseline_that_fails_now_as_well_is_not_searched_for_a_culprit() =>
        Assert.IsType<DiagnoseStep>(Next(Look(VerdictKind.Regressed), Pairs(confirmed: false, baselineNowWorse: true)));

    [Fact]
    public void Triage_cuts_swaps_bisects_and_searches_in_that_order()
    {
        IncidentEvent[] confirmed = [Look(VerdictKind.Regressed), Pairs(confirmed: true)];

        Assert.IsType<CutDiffStep>(Next(confirmed));
        Assert.IsType<SwapStep>(Next([.. confirmed, Cut]));
        Assert.IsType<BisectStep>(Next([.. confirmed, Cut, Swapped]));
        Assert.IsType<SearchStep>(Next([.. confirmed, Cut, Swapped, Bisected]));
    }

    [Fact]
    public void A_version_that_does_not_start_goes_straight_to_the_hunks() =>
        Assert.IsType<SearchStep>(Next(Look(VerdictKind.Regressed, startFailure: "exit 1"), Pairs(confirmed: true), Cut));

    [Fact]
    public void Each_attempt_restores_another_sufficient_set_and_then_a_person_is_asked()
    {
        IncidentEvent[] diagnosed = [Look(VerdictKind.Regressed), Pairs(confirmed: true), Cut, Swapped, Bisected, Found(RemedyAction.Repair, [[3], [7]])];

        Assert.Equal([3], Assert.IsType<AttemptStep>(Next(diagnosed)).Restore);
        Assert.Equal([7], Assert.IsType<AttemptStep>(Next([.. diagnosed, Tried(1, passed: false)])).Restore);
        Assert.Equal(IncidentOutcome.Escalated, Assert.IsType<CloseStep>(Next([.. diagnosed, Tried(1, false), Tried(2, false)])).Outcome);
    }

    [Fact]
    public void Where_samples_fail_still_without_the_culprit_its_files_are_put_back_whole_and_then_a_person_is_asked()
    {
        var cut = Cut with { Hunks = [Hunk with { Index = 3 }, Hunk with { Index = 4 }, Hunk with { Index = 5, File = "other.py" }] };
        IncidentEvent[] diagnosed = [Look(VerdictKind.Regressed), Pairs(confirmed: true), cut, Swapped, Bisected, Found(RemedyAction.Repair, [[3]])];

        Assert.Equal([3, 4], Assert.IsType<AttemptStep>(Next([.. diagnosed, Refused(1, Check.HeldOutSamples)])).Restore);
        Assert.IsType<CloseStep>(Next([.. diagnosed, Refused(1, Check.HeldOutSamples), Refused(2, Check.HeldOutSamples)]));
        Assert.IsType<CloseStep>(Next([.. diagnosed, Refused(1, Check.PatchGate)]));
        Assert.IsType<CloseStep>(Next([.. diagnosed[..2], Cut, .. diagnosed[3..^1], Found(RemedyAction.Repair, [[Hunk.Index]]), Refused(1, Check.HeldOutSamples)]));
    }

    [Fact]
    public void A_fix_that_its_runs_left_in_doubt_is_tried_again_on_fresh_ones_three_attempts_in_all()
    {
        IncidentEvent[] diagnosed = [Look(VerdictKind.Regressed), Pairs(confirmed: true), Cut, Swapped, Bisected, Found(RemedyAction.Repair, [[3], [7]])];

        Assert.Equal([3], Assert.IsType<AttemptStep>(Next([.. diagnosed, Tried(1, passed: false, inDoubt: true)])).Restore);
        Assert.Equal([7], Assert.IsType<AttemptStep>(Next([.. diagnosed, Tried(1, false, inDoubt: true), Tried(2, false)])).Restore);
        Assert.Equal([3], Fold([Opening, Taken, .. diagnosed, Tried(1, false, inDoubt: true), Tried(2, passed: true)]).RestoredBy(1));
        Assert.IsType<CloseStep>(Next([.. diagnosed, Tried(1, false, inDoubt: true), Tried(2, false, inDoubt: true), Tried(3, false, inDoubt: true)]));
    }

    [Fact]
    public void Where_restoring_does_not_mend_writers_take_turns_and_the_last_of_several_attempts_is_theirs()
    {
        IncidentEvent[] diagnosed = [Look(VerdictKind.Regressed), Pairs(confirmed: true), Cut, Swapped, Bisected, Found(RemedyAction.Repair, [[3], [7], [9]])];

        Assert.IsType<AttemptStep>(NextWith(Both, diagnosed));
        Assert.Equal([7], Assert.IsType<AttemptStep>(NextWith(Both, [.. diagnosed, Tried(1, false)])).Restore);
        Assert.Equal(new WriteStep(3, "rewrite", Again: false), NextWith(Both, [.. diagnosed, Tried(1, false), Tried(2, false)]));
        Assert.IsType<CloseStep>(NextWith(Both, [.. diagnosed, Tried(1, false), Tried(2, false), Wrote(3, "rewrite")]));

        diagnosed = [.. diagnosed[..^1], Found(RemedyAction.Repair, [[3]])];
        Assert.Equal(new WriteStep(2, "rewrite", Again: false), NextWith(Both, [.. diagnosed, Tried(1, false)]));
        Assert.Equal(new WriteStep(3, "delegate", Again: false), NextWith(Both, [.. diagnosed, Tried(1, false), Wrote(2, "rewrite")]));
        Assert.IsType<IntendStep>(NextWith(Both, [.. diagnosed, Tried(1, false), Wrote(2, "rewrite", passed: true)]));
    }

    [Fact]
    public void A_restore_that_may_not_be_tried_costs_no_attempt()
    {
        IncidentEvent[] refused = [Look(VerdictKind.Regressed), Pairs(confirmed: true), Cut, Found(RemedyAction.Repair, [[3], [7]]), Refused(1, Check.PatchGate)];
        var once = new LoopTerms(1, Both);

        Assert.Equal([7], Assert.IsType<AttemptStep>(IncidentLoop.Next(Fold([Opening, Taken, .. refused]), once)).Restore);
        Assert.Equal(new WriteStep(3, "rewrite", Again: false), IncidentLoop.Next(Fold([Opening, Taken, .. refused, Refused(2, Check.PatchGate)]), once));
        Assert.Equal(
            "No fix passed in 3 attempts.",
            Assert.IsType<CloseStep>(IncidentLoop.Next(Fold([Opening, Taken, .. refused, Refused(2, Check.PatchGate), Wrote(3, "rewrite", check: Check.PatchGate)]), once)).Reason);
    }

    [Fact]
    public void A_model_that_changed_is_answered_by_prompts_rewritten_and_after_the_last_attempt_by_a_person()
    {
        IncidentEvent[] drifted = [Look(VerdictKind.Regressed), Pairs(confirmed: false, baselineNowWorse: true), Drifted(RemedyAction.Repair)];

        Assert.Equal(new WriteStep(1, "reflect", Again: false), NextWith(Both, drifted));
        Assert.Equal(new WriteStep(2, "reflect", Again: false), NextWith(Both, [.. drifted, Wrote(1, "reflect")]));
        Assert.Equal(new WriteStep(2, "reflect", Again: true), NextWith(Both, [.. drifted, Wrote(1, "reflect", inDoubt: true)]));
        Assert.IsType<IntendStep>(NextWith(Both, [.. drifted, Wrote(1, "reflect", passed: true)]));
        Assert.Equal(IncidentOutcome.Escalated, Assert.IsType<CloseStep>(NextWith(Both, [.. drifted, Wrote(1, "reflect"), Wrote(2, "reflect"), Wrote(3, "reflect")])).Outcome);
    }

    [Fact]
    public void A_model_that_changed_is_for_a_person_where_nobody_can_rewrite_prompts()
    {
        IncidentEvent[] drifted = [Look(VerdictKind.Regressed), Pairs(confirmed: false, baselineNowWorse: true)];

        Assert.Equal(IncidentOutcome.Escalated, Assert.IsType<CloseStep>(NextWith(Both, [.. drifted, Drifted(RemedyAction.Escalate)])).Outcome);
        Assert.Equal(IncidentOutcome.Escalated, Assert.IsType<CloseStep>(Next([.. drifted, Drifted(RemedyAction.Repair)])).Outcome);
    }

    [Fact]
    public void A_prompt_that_cannot_be_put_back_is_written_anew_and_then_reflected_on()
    {
        IncidentEvent[] diagnosed = [Look(VerdictKind.Regressed), Pairs(confirmed: true), Cut, Found(RemedyAction.Repair, [[3]], Cause.Prompt), Tried(1, false)];
        var models = new Writers([Writers.Rewrite]);

        Assert.Equal(new WriteStep(2, "rewrite", Again: false), NextWith(models, diagnosed));
        Assert.Equal(new WriteStep(3, "reflect", Again: false), NextWith(models, [.. diagnosed, Wrote(2, "rewrite")]));
    }

    [Fact]
    public void A_written_change_in_doubt_is_judged_again_and_not_written_anew()
    {
        IncidentEvent[] diagnosed = [Look(VerdictKind.Regressed), Pairs(confirmed: true), Cut, Found(RemedyAction.Repair, [[3]]), Tried(1, false)];

        Assert.Equal(new WriteStep(3, "delegate", Again: true), NextWith(Both, [.. diagnosed, Wrote(2, "delegate", inDoubt: true)]));
    }

    [Fact]
    public void Why_nobody_may_write_is_said_when_a_person_is_asked()
    {
        IncidentEvent[] diagnosed = [Look(VerdictKind.Regressed), Pairs(confirmed: true), Cut, Found(RemedyAction.Repair, [[3]]), Tried(1, false)];

        Assert.Equal("No fix passed in 1 attempt. There is no sandbox.", Assert.IsType<CloseStep>(NextWith(new Writers([], "There is no sandbox."), diagnosed)).Reason);
    }

    [Theory]
    [InlineData(RemedyAction.Retry, IncidentOutcome.LeftAlone)]
    [InlineData(RemedyAction.Quarantine, IncidentOutcome.LeftAlone)]
    [InlineData(RemedyAction.None, IncidentOutcome.LeftAlone)]
    [InlineData(RemedyAction.Escalate, IncidentOutcome.Escalated)]
    public void What_is_no_repair_ends_without_an_attempt(RemedyAction action, IncidentOutcome outcome) =>
        Assert.Equal(outcome, Assert.IsType<CloseStep>(Next(Look(VerdictKind.Regressed), Pairs(confirmed: true), Cut, Found(action, [[3]]))).Outcome);

    [Fact]
    public void A_model_is_asked_once_what_it_makes_of_the_cause_before_anything_is_done_about_it()
    {
        IncidentEvent[] diagnosed = [Look(VerdictKind.Regressed), Pairs(confirmed: true), Cut, Found(RemedyAction.Repair, [[3]])];
        IncidentEvent[] outside = [Look(VerdictKind.Regressed), Pairs(confirmed: false, baselineNowWorse: true), Found(RemedyAction.Escalate, [[]])];

        Assert.IsType<AdviseStep>(NextAdvised(diagnosed));
        Assert.IsType<AdviseStep>(NextAdvised(outside));
        Assert.Equal([3], Assert.IsType<AttemptStep>(NextAdvised([.. diagnosed, NoOpinion])).Restore);
        Assert.IsType<CloseStep>(NextAdvised([.. outside, NoOpinion]));
        Assert.IsType<AttemptStep>(Next(diagnosed));
    }

    [Fact]
    public void Nobody_is_asked_about_a_world_that_came_back_nor_once_a_repair_has_begun()
    {
        Assert.IsType<CloseStep>(NextAdvised(Down, Look(VerdictKind.Healthy), Found(RemedyAction.Retry, [[]])));
        Assert.IsType<CloseStep>(NextAdvised(Look(VerdictKind.Regressed), Pairs(confirmed: true), Cut, Found(RemedyAction.Repair, [[3]]), Tried(1, passed: false)));
    }

    [Theory]
    [InlineData(RemedyAction.None)]
    [InlineData(RemedyAction.Retry)]
    [InlineData(RemedyAction.Escalate)]
    public void What_a_model_would_do_changes_nothing(RemedyAction action)
    {
        IncidentEvent[] diagnosed = [Look(VerdictKind.Regressed), Pairs(confirmed: true), Cut, Found(RemedyAction.Repair, [[3]])];
        var opinion = new Opinion(Cause.ModelDrift, FailureMode.None, [], [], 1, action, "");

        Assert.Equal([3], Assert.IsType<AttemptStep>(NextAdvised([.. diagnosed, NoOpinion with { Opinion = opinion }])).Restore);
    }

    private static readonly Advised NoOpinion = new(null, "none", [], [], new Kintsugi.Healing.Prompts.PromptUse("triage", 1, ""), RunCost.None, TimeSpan.Zero);

    private static Step NextAdvised(params IncidentEvent[] happened) =>
        IncidentLoop.Next(Fold([Opening, Taken, .. happened]), new LoopTerms(3, Writers.None) { HasAdvisor = true });

    [Fact]
    public void A_push_is_written_down_before_it_is_done()
    {
        IncidentEvent[] mended = [Look(VerdictKind.Regressed), Pairs(confirmed: true), Cut, Found(RemedyAction.Repair, [[3]]), Tried(1, passed: true)];

        Assert.IsType<IntendStep>(Next(mended));
        Assert.IsType<ProposeStep>(Next([.. mended, Intended]));
        Assert.IsType<RestStep>(Next([.. mended, Intended, Put]));
    }

    [Fact]
    public void Another_head_is_looked_at_from_the_beginning_even_while_a_fix_waits()
    {
        IncidentEvent[] proposed = [Look(VerdictKind.Regressed), Pairs(confirmed: true), Cut, Found(RemedyAction.Repair, [[3]]), Tried(1, passed: true), Intended, Put];

        Assert.IsType<BaselineStep>(Next([.. proposed, Joined]));
        Assert.Equal(new LookStep(0, TimeSpan.Zero), Next([.. proposed, Joined, Taken]));
    }

    [Fact]
    public void A_head_that_joins_and_is_good_again_supersedes_a_regression_and_nothing_else()
    {
        IncidentEvent[] again = [Joined, Taken, Look(VerdictKind.Healthy)];

        Assert.Equal(IncidentOutcome.Superseded, Assert.IsType<CloseStep>(Next([Look(VerdictKind.Regressed), Pairs(confirmed: true), .. again])).Outcome);
        Assert.Equal(IncidentOutcome.Healthy, Assert.IsType<CloseStep>(Next([Look(VerdictKind.Regressed), .. again])).Outcome);
    }

    [Fact]
    public void Attempts_are_numbered_over_all_heads_and_counted_for_each()
    {
        IncidentEvent[] diagnosed = [Look(VerdictKind.Regressed), Pairs(confirmed: true), Cut, Swapped, Bisected, Found(RemedyAction.Repair, [[3], [7]])];

        var attempt = Assert.IsType<AttemptStep>(Next([.. diagnosed, Tried(1, passed: false), Joined, Taken, .. diagnosed]));

        Assert.Equal((2, 3), (attempt.N, attempt.Restore.Single()));
    }

    [Fact]
    public void What_is_known_of_the_former_head_is_not_held_against_the_next()
    {
        var state = Fold([Opening, Taken, Down, Look(VerdictKind.Regressed), Pairs(confirmed: true), Cut, Joined]);

        Assert.Equal((Other, "dev", "mm"), (state.Head, state.TargetBranch, state.HeadManifest));
        Assert.Equal((0, 0, null, null), (state.Looks.Count, state.WorldFailures.Count, state.Pairs, state.Diff));
        Assert.Equal(Commit, state.Opened.Head);
    }

    [Fact]
    public void An_alarm_that_no_sample_shows_is_for_a_person_and_a_fix_is_for_none()
    {
        var close = Assert.IsType<CloseStep>(Next(Alarm(null), Look(VerdictKind.Healthy)));

        Assert.Equal(IncidentOutcome.Escalated, close.Outcome);
        Assert.Contains("dataset review", close.Reason, StringComparison.Ordinal);
        Assert.IsType<ConfirmStep>(Next(Alarm(null), Look(VerdictKind.Regressed)));
    }

    [Fact]
    public void An_alarm_of_another_commit_says_nothing_of_this_one()
    {
        Assert.Equal(IncidentOutcome.Healthy, Assert.IsType<CloseStep>(Next(Alarm(Other.Id), Look(VerdictKind.Healthy))).Outcome);
        Assert.Equal(IncidentOutcome.Escalated, Assert.IsType<CloseStep>(Next(Alarm(Other.Id), Joined, Taken, Look(VerdictKind.Healthy))).Outcome);
    }

    private static Alarmed Alarm(string? commit) => new(new AlarmView(
        "desk", "1.1", commit, DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch, Kintsugi.Evaluation.Alarms.AlarmRule.Rate, 0.001, [new AlarmedError("aa", "KeyError", 9, 10, 0, 10, [])], 2));

    [Fact]
    public void A_closed_incident_rests() => Assert.IsType<RestStep>(Next(new Closed(IncidentOutcome.Cancelled, "by a person")));

    private static Step Next(params IncidentEvent[] happened) => NextOf([Opening, Taken, .. happened]);

    [Fact]
    public void A_world_that_failed_is_looked_at_again_after_longer_and_longer_waits_until_it_counts_as_down()
    {
        var failed = World("simulated: overloaded (107)");

        Assert.Equal(new LookStep(0, TimeSpan.FromSeconds(3)), Next(failed));
        Assert.Equal(new LookStep(0, TimeSpan.FromSeconds(9)), Next(failed, failed));
        Assert.Equal(new LookStep(0, TimeSpan.FromSeconds(27)), Next(failed, failed, failed));
        Assert.IsType<WorldIsDown>(Next(failed, failed, failed, failed));
    }

    [Theory]
    [InlineData("n1n: refused_key (107)", true)]
    [InlineData("n1n: quota (107)", true)]
    [InlineData("upstream CRM_URL (crm.example.com): elsewhere: it redirects to https://x (3)", true)]
    [InlineData("no_recording: nothing was recorded for the sample (1)", true)]
    [InlineData("n1n: rate_limit (107)", false)]
    [InlineData("n1n: model_substituted (107)", false)]
    public void A_fault_that_waiting_does_not_mend_is_not_waited_out(string fault, bool lasts) => Assert.Equal(lasts, Next(World(fault)) is WorldIsDown);

    [Fact]
    public void A_resumed_incident_looks_again_however_often_the_world_had_failed_before()
    {
        IncidentEvent[] log = [Opening, Taken, World("n1n: refused_key (1)"), World("n1n: refused_key (1)")];
        var state = Fold(log);

        Assert.IsType<WorldIsDown>(IncidentLoop.Next(state, new LoopTerms(3, Writers.None), since: state.Version - 1));
        Assert.Equal(new LookStep(0, TimeSpan.Zero), IncidentLoop.Next(state, new LoopTerms(3, Writers.None), since: state.Version));
    }

    private static readonly Writers Both = new([Writers.Rewrite, Writers.Delegate]);

    private static Step NextWith(Writers writers, params IncidentEvent[] happened) => IncidentLoop.Next(Fold([Opening, Taken, .. happened]), new LoopTerms(3, writers));

    private static AttemptMade Wrote(int n, string strategy, bool passed = false, bool inDoubt = false, string? check = null) =>
        new(new Attempt(n, strategy, passed, "", null, check is null ? [] : [new Check(check, false, "")], null, RunCost.None, inDoubt, new Writing([], "", [])), []);

    private static WorldFailed World(string fault) => new(0, [fault], 107, 107, RunCost.None, TimeSpan.Zero);

    [Fact]
    public void A_reviewer_who_wants_another_attempt_gets_the_next_sufficient_set_on_the_same_incident()
    {
        var waiting = UnderReview([[3], [4]]);

        Assert.IsType<RestStep>(NextOf(waiting));
        var step = Assert.IsType<AttemptStep>(NextOf([.. waiting, Asked(RequestKind.Retry)]));

        Assert.Equal([4], step.Restore);
        Assert.Equal(2, step.N);
    }

    [Fact]
    public void Words_of_a_reviewer_go_to_a_writer_where_there_is_one() =>
        Assert.IsType<WriteStep>(IncidentLoop.Next(Fold([.. UnderReview([[3], [4]]), Asked(RequestKind.Retry, "keep the partners")]), new LoopTerms(3, new Writers([Writers.Rewrite], null))));

    [Fact]
    public void An_attempt_that_a_reviewer_asked_for_and_that_passes_takes_the_place_of_the_one_that_waits()
    {
        IncidentEvent[] retried = [.. UnderReview([[3], [4]]), Asked(RequestKind.Retry), Tried(2, passed: true)];

        Assert.IsType<IntendStep>(NextOf(retried));
        Assert.Equal("c", Fold(retried).ProposedBefore!.Commit);
    }

    [Fact]
    public void One_that_is_refused_leaves_the_fix_as_it_was()
    {
        IncidentEvent[] retried = [.. UnderReview([[3], [4]]), Asked(RequestKind.Retry), Tried(2, passed: false)];

        Assert.IsType<RestStep>(NextOf(retried));
        Assert.Equal(IncidentOutcome.Proposed, Fold(retried).Outcome);
    }

    [Fact]
    public void Two_requests_get_an_attempt_each()
    {
        IncidentEvent[] first = [.. UnderReview([[3], [4], [5]]), Asked(RequestKind.Retry, source: "comment:1"), Asked(RequestKind.Retry, source: "comment:2"), Tried(2, passed: false)];

        Assert.IsType<RestStep>(NextOf(first)); // the first is answered before the second is begun
        Assert.Equal([5], Assert.IsType<AttemptStep>(NextOf([.. first, new Answered("comment:1")])).Restore);
    }

    [Fact]
    public void A_rollback_that_is_asked_for_takes_back_all_there_is() =>
        Assert.True(Assert.IsType<AttemptStep>(NextOf([.. UnderReview([[3]]), Asked(RequestKind.RollBack)])).RollsBack);

    [Fact]
    public void Nothing_more_is_put_on_a_branch_that_a_person_pushed_to() =>
        Assert.IsType<RestStep>(NextOf([.. UnderReview([[3], [4]]), new TakenOver("cc", "ada"), Asked(RequestKind.Retry)]));

    [Fact]
    public void What_is_to_be_ignored_is_closed() =>
        Assert.Equal(IncidentOutcome.LeftAlone, Assert.IsType<CloseStep>(NextOf([.. UnderReview([[3]]), Asked(RequestKind.Ignore)])).Outcome);

    [Fact]
    public void A_merged_fix_is_looked_at_and_verified()
    {
        IncidentEvent[] merged = [.. UnderReview([[3]]), new Merged(Other.Id, "ada")];
        Assert.True(Fold(merged).OwesVisit);

        IncidentEvent[] visited = [.. merged, Joined];
        Assert.False(Fold(visited).OwesVisit);
        Assert.IsType<BaselineStep>(NextOf(visited));
        var close = Assert.IsType<CloseStep>(NextOf([.. visited, Taken, Look(VerdictKind.Healthy)]));

        Assert.Equal(IncidentOutcome.Healthy, close.Outcome);
        Assert.Contains("kintsugi bless", close.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void A_merged_fix_that_does_not_hold_opens_the_incident_again() =>
        Assert.IsType<ConfirmStep>(NextOf([.. UnderReview([[3]]), new Merged(Other.Id, "ada"), Joined, Taken, Look(VerdictKind.Regressed)]));

    [Fact]
    public void A_person_is_asked_by_one_issue_before_the_incident_is_closed()
    {
        var terms = new LoopTerms(3, Writers.None) { FilesIssues = true };
        IncidentEvent[] givenUp = [Opening, Taken, Look(VerdictKind.Regressed), Pairs(confirmed: true), Cut, Swapped, Bisected, Found(RemedyAction.Escalate, [[3]])];

        Assert.IsType<IntendEscalationStep>(IncidentLoop.Next(Fold(givenUp), terms));
        Assert.IsType<FileEscalationStep>(IncidentLoop.Next(Fold([.. givenUp, new EscalationIntended("f")]), terms));
        Assert.IsType<CloseStep>(IncidentLoop.Next(Fold([.. givenUp, new EscalationIntended("f"), new EscalationFiled("u")]), terms));
        Assert.IsType<CloseStep>(NextOf(givenUp)); // where there is no forge
    }

    private static IncidentEvent[] UnderReview(IReadOnlyList<IReadOnlyList<int>> sets) =>
    [
        Opening, Taken, Look(VerdictKind.Regressed), Pairs(confirmed: true), Cut, Swapped, Bisected, Found(RemedyAction.Repair, sets), Tried(1, passed: true), Intended,
        new Proposed(new Proposal(Proposal.PullRequest, "kintsugi/a/1", "c", "https://forge.example/o/n/pull/1", "full"), RunCost.None, TimeSpan.Zero),
    ];

    private static Requested Asked(RequestKind kind, string words = "", string source = "comment:1") => new(new ReviewRequest(source, "ada", kind, words));

    private static Step NextOf(IncidentEvent[] log) => IncidentLoop.Next(Fold(log), new LoopTerms(3, Writers.None));

    private static IncidentState Fold(IncidentEvent[] log) =>
        IncidentState.Fold("i", [.. log.Select((e, i) => new LoggedEvent(i + 1, DateTimeOffset.UnixEpoch, e))]);

    private static readonly CommitView Commit = new("0123456789abcdef", "a", DateTimeOffset.UnixEpoch, "s");
    private static readonly Rate Rate = new(1, 1, 0, 1);
    private static readonly HunkView Hunk = new(3, "a", "@@", [], [], Kintsugi.Evaluation.Agents.Component.Code);
    private static readonly Opened Opening = new("agent", "", "/repo", "origin", Commit, Commit, "main", "", "", "tier B", 1);
    private static readonly CommitView Other = Commit with { Id = "fedcba9876543210" };
    private static readonly BaselineTaken Taken = new(true, new Dictionary<string, string> { ["s-1"] = "1" }, RunCost.None, TimeSpan.Zero);
    private static readonly Revisited Joined = new(Other, "dev", "mm", "tier B");
    private static readonly WorldFailed Down = new(0, ["down (9)"], 9, 9, RunCost.None, TimeSpan.Zero);
    private static readonly DiffCut Cut = new([Hunk], ["s-1"]);
    private static readonly ComponentsSwapped Swapped = new([], "", 1, [], RunCost.None, TimeSpan.Zero);
    private static readonly CommitsBisected Bisected = new(null, 1, 1, RunCost.None, TimeSpan.Zero);
    private static readonly ProposalIntended Intended = new("kintsugi/a/1", "t", "p", "f", DateTimeOffset.UnixEpoch);
    private static readonly Proposed Put = new(new Proposal("branch", "kintsugi/a/1", "c", "", "full"), RunCost.None, TimeSpan.Zero);

    private static Looked Look(VerdictKind kind, bool more = false, int repeated = 0, string? startFailure = null) => new(
        0, more, repeated, new VerdictView(kind, "plain", "exact", Rate, Rate, 1, 1, 0), [new SampleRecord("s-1", false, "1", "0")], startFailure, null, RunCost.None, TimeSpan.Zero);

    private static PairsRun Pairs(bool confirmed, bool baselineNowWorse = false) => new(confirmed, baselineNowWorse, false, "pairs", [], RunCost.None, TimeSpan.Zero);

    private static Diagnosed Drifted(RemedyAction action) => new(
        new Diagnosis(Cause.ModelDrift, action, null, [], [], null, [], 0.99, [], null), [], [], RunCost.None, TimeSpan.Zero);

    private static Diagnosed Found(RemedyAction action, IReadOnlyList<IReadOnlyList<int>> sets, Cause cause = Cause.Code) => new(
        new Diagnosis(cause, action, null, [Hunk], [], true, [], 0.99, [], null), sets[0], [.. sets.Skip(1)], RunCost.None, TimeSpan.Zero);

    private static AttemptMade Tried(int n, bool passed, bool inDoubt = false) => new(new Attempt(n, "restore", passed, "", null, [], null, RunCost.None, inDoubt), []);

    private static AttemptMade Refused(int n, string check) => new(new Attempt(n, "restore", false, "", null, [new Check(check, false, "")], null, RunCost.None), []);
}

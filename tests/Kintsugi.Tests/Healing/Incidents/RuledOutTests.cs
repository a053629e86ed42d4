using Kintsugi.Evaluation.Agents;
using Kintsugi.Evaluation.Detection;
using Kintsugi.Evaluation.Running;
using Kintsugi.Healing.Incidents;
using Kintsugi.Healing.Repair;
using Kintsugi.Healing.Review;
using Kintsugi.Healing.Triage;

namespace Kintsugi.Tests.Healing.Incidents;

/// <summary>What a person who takes an incident over need not look at again.</summary>
public class RuledOutTests
{
    [Fact]
    public void Components_and_commits_that_probes_cleared_are_named_with_their_runs()
    {
        var ruledOut = From([Swapped, new CommitsBisected(Commit, 0.97, 8, RunCost.None, TimeSpan.Zero)]).RuledOut;

        Assert.Contains("code + data new, all else as in the base: good, 5 of 5 fresh runs pass.", ruledOut);
        Assert.Contains("The other 7 of 8 commits: bisection gives 0123456789 0.970.", ruledOut);
    }

    [Fact]
    public void Where_no_culprit_was_found_the_largest_sets_that_mended_nothing_are()
    {
        var ruledOut = From([Try([1], TrialOutcome.Bad), Try([1, 2], TrialOutcome.Bad), Try([3], TrialOutcome.Bad), Try([3], TrialOutcome.Bad), Try([2, 3], TrialOutcome.Unresolved), Unknown]).RuledOut;

        Assert.Equal(
            ["Head without hunks 2, 3 is bad as well, 0 of 5 runs pass.", "Head without hunk 4 is bad as well, 0 of 5 runs pass."],
            ruledOut.Where(line => line.StartsWith("Head", StringComparison.Ordinal)));
    }

    [Fact]
    public void Every_attempt_that_was_refused_is_and_for_what()
    {
        var ruledOut = From([Unknown, new AttemptMade(new Attempt(1, "rewrite", false, "tests: exit 1", null, [], null, RunCost.None), [])]).RuledOut;

        Assert.Contains("Attempt 1 (rewrite): tests: exit 1", ruledOut);
    }

    [Fact]
    public void The_commands_that_show_it_again_hold_no_word_of_a_stranger()
    {
        var report = From([Unknown, new Closed(IncidentOutcome.Escalated, "unknown")]);

        Assert.Equal("kintsugi heal . --base 0123456789 --head 0123456789 --seed 1 --until repair\ngit diff 0123456789 0123456789\nkintsugi incident show i", report.Reproduce);
    }

    [Theory]
    [InlineData("one;touch PWNED;#", "kintsugi heal 'one;touch PWNED;#' --base")]
    [InlineData("it's $(id)", "kintsugi heal 'it'\\''s $(id)' --base")]
    [InlineData("-rf", "kintsugi heal ./-rf --base")]
    [InlineData("agents/one", "kintsugi heal agents/one --base")]
    public void A_directory_that_is_called_like_a_command_is_a_word_in_them(string path, string command) =>
        Assert.StartsWith(command, From([Unknown], path).Reproduce, StringComparison.Ordinal);

    [Fact]
    public void Who_set_which_sample_aside_is_said_where_the_figures_are()
    {
        var told = From([Unknown, new Requested(new ReviewRequest("comment:1", "ada", RequestKind.Quarantine, "s-1")), new Requested(new ReviewRequest("comment:2", "bo", RequestKind.Quarantine, "s-2"))]);
        var report = told with { Verdict = new VerdictView(VerdictKind.Regressed, "", "", new Rate(1, 1, 0, 1), new Rate(0, 1, 0, 1), 1, 1, 0) };

        Assert.Equal([new SetAside("s-1", "ada"), new SetAside("s-2", "bo")], report.SetAside);
        foreach (var text in (string[])[MarkdownReport.Render(report), HtmlReport.Render(report)])
        {
            Assert.Contains("ada set s-1 aside", text, StringComparison.Ordinal);
            Assert.Contains("no option that leaves them out", text, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_fix_for_this_very_version_is_not_said_to_be_for_another()
    {
        var proposed = new Proposed(new Proposal(Proposal.PullRequest, "kintsugi/a/1", "c", "https://forge.example/1", "full"), RunCost.None, TimeSpan.Zero);

        Assert.Contains(From([proposed, Again(Commit)]).Notes, note => note.Contains("for this version too", StringComparison.Ordinal));
        Assert.Contains(From([proposed, Again(Commit with { Id = "fedcba9876543210" })]).Notes, note => note.Contains("not made for this one", StringComparison.Ordinal));

        static Revisited Again(CommitView head) => new(head, "main", "", "tier B");
    }

    private static IncidentReport From(IncidentEvent[] happened, string path = "")
    {
        IncidentEvent[] log = [new Opened("agent", path, "/repo", "origin", Commit, Commit, "main", "", "", "tier B", 1), .. happened];
        return IncidentReports.From(IncidentState.Fold("i", [.. log.Select((e, i) => new LoggedEvent(i + 1, DateTimeOffset.UnixEpoch, e))]));
    }

    private static TrialRun Try(IReadOnlyList<int> drop, TrialOutcome outcome) => new(new Trial(TrialPurpose.Search, drop, 0.01, 0), outcome, 0, 5, RunCost.None, TimeSpan.Zero);

    private static readonly CommitView Commit = new("0123456789abcdef", "a", DateTimeOffset.UnixEpoch, "; rm -rf ~");

    private static readonly Diagnosed Unknown = new(new Diagnosis(Cause.Unknown, RemedyAction.Escalate, null, [], [], null, [], 0, [], null), [], [], RunCost.None, TimeSpan.Zero);

    private static readonly ComponentsSwapped Swapped = new(
        [Component.Prompt], "the prompt alone spoils the baseline", 0.99, ["q"], RunCost.None, TimeSpan.Zero, 0.8,
        [new SwapProof("code + data new", false, TrialOutcome.Good, 5, 5), new SwapProof("prompt new", true, TrialOutcome.Bad, 0, 5)]);
}

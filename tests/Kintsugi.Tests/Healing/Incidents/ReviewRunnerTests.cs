using Kintsugi.Evaluation.Detection;
using Kintsugi.Evaluation.Running;
using Kintsugi.Forge;
using Kintsugi.Healing.Incidents;
using Kintsugi.Healing.Repair;
using Kintsugi.Healing.Review;
using Kintsugi.Healing.Triage;

namespace Kintsugi.Tests.Healing.Incidents;

public sealed class ReviewRunnerTests : IDisposable
{
    private static readonly CommitView Commit = new("0123456789abcdef", "a", DateTimeOffset.UnixEpoch, "s");
    private static readonly CommitView MergedCommit = Commit with { Id = "fedcba9876543210" };
    private static readonly Rate Rate = new(1, 1, 0, 1);

    private readonly LogFolder _folder = new();
    private readonly ScriptedReview _forge = new();
    private readonly string _incident;
    private int _drives;
    private Func<IncidentState, IncidentEvent> _drive = state => new AttemptMade(
        new Attempt(state.Attempts.Count + 1, "restore", false, "tests: they fail", null, [new Check("tests", false, "they fail")], null, RunCost.None), []);

    private Func<IncidentState, IReadOnlyList<IncidentEvent>>? _steps;

    public ReviewRunnerTests()
    {
        _incident = _folder.Log.Open("f", new Opened("agent", "", "/repo", "origin", Commit, Commit, "main", "", "", "tier B", 1)).Incident;
        Append(new BaselineTaken(true, new Dictionary<string, string> { ["s-1"] = "1" }, RunCost.None, TimeSpan.Zero));
        Append(new Looked(0, false, 0, new VerdictView(VerdictKind.Regressed, "plain", "exact", Rate, Rate, 1, 1, 0), [new SampleRecord("s-1", false, "1", "0")], null, null, RunCost.None, TimeSpan.Zero));
        Append(new PairsRun(true, false, false, "pairs", [], RunCost.None, TimeSpan.Zero));
        Append(new DiffCut([new HunkView(0, "a", "@@ -1,1 +1,1 @@", ["x"], ["y"], null)], ["s-1"]));
        Append(new Diagnosed(new Diagnosis(Cause.Code, RemedyAction.Repair, null, [], [], true, [], 0.99, [], null), [0], [], RunCost.None, TimeSpan.Zero));
        Append(new AttemptMade(new Attempt(1, "restore", true, "", new Fix("c", "t", "", ["a"], Verification.Full), [], null, RunCost.None), []));
        Append(new ProposalIntended(ScriptedReview.Branch, "t", "p", "f", DateTimeOffset.UnixEpoch));
        Append(new Proposed(new Proposal(Proposal.PullRequest, ScriptedReview.Branch, "c", ScriptedReview.Url.ToString(), "full"), RunCost.None, TimeSpan.Zero));
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Where_nothing_happened_nothing_is_done()
    {
        var before = State().Version;

        await RoundAsync();

        Assert.Equal((before, 0), (State().Version, _drives));
        Assert.Empty(_forge.Comments);
    }

    [Fact]
    public async Task An_order_of_somebody_who_may_write_is_followed_and_answered_once()
    {
        var source = _forge.Says("ada", "/kintsugi retry keep the partners");

        await RoundAsync();
        await RoundAsync();

        Assert.Equal(1, _drives);
        Assert.Contains("was refused", Assert.Contains($"answer:{source}", _forge.Comments), StringComparison.Ordinal);
        Assert.Null(State().Open);
    }

    [Fact]
    public async Task A_strangers_order_is_never_followed_not_even_once_they_are_let_in()
    {
        _forge.Says("mallory", "/kintsugi ignore");
        _forge.Says("mallory", "This is bad.", RemarkKind.WantsChanges);
        await RoundAsync();
        _forge.Writers.Add("mallory");

        await RoundAsync();

        Assert.Equal(0, _drives);
        Assert.Empty(_forge.Comments);
        Assert.Equal(IncidentOutcome.Proposed, State().Outcome);
    }

    [Fact]
    public async Task However_many_strangers_shout_who_may_write_is_heard_in_the_same_round()
    {
        for (var i = 0; i < 300; i++) _forge.Says("mallory", "/kintsugi ignore");
        for (var i = 0; i < 90; i++) _forge.Says($"sock-{i}", "/kintsugi ignore");
        var source = _forge.Says("ada", "/kintsugi explain");

        await RoundAsync();

        Assert.Equal([$"answer:{source}"], _forge.Comments.Keys);
        Assert.Equal(IncidentOutcome.Proposed, State().Outcome);
        await RoundAsync();
        Assert.Equal(390, State().Log.Count(e => e.Event is Declined));
    }

    [Fact]
    public async Task A_round_that_dies_before_its_answer_is_taken_up_and_tries_nothing_twice()
    {
        var source = _forge.Says("ada", "/kintsugi retry keep the partners");
        _forge.Writing = _ => throw new ForgeException("down");
        await Assert.ThrowsAsync<ForgeException>(RoundAsync);
        _forge.Writing = _ => { };

        await RoundAsync();

        Assert.Equal(1, _drives);
        Assert.Single(_forge.Comments, c => c.Key == $"answer:{source}");
        Assert.Equal(2, State().Attempts.Count);
    }

    [Fact]
    public async Task What_another_process_answered_before_its_database_was_lost_is_not_asked_again()
    {
        var source = _forge.Says("ada", "/kintsugi retry keep the partners");
        await _forge.PutCommentAsync(1, $"answer:{source}", "done", TestContext.Current.CancellationToken);

        await RoundAsync();

        Assert.Equal(0, _drives);
        Assert.Empty(State().Requests);
    }

    [Fact]
    public async Task A_push_of_a_person_makes_the_branch_theirs()
    {
        _forge.View = _forge.View with { Tip = "d", Commits = [.. _forge.View.Commits, new BranchCommit("d", "ada", IsOurs: false)] };
        var source = _forge.Says("ada", "/kintsugi retry keep the partners");

        await RoundAsync();

        Assert.Equal("ada", State().TakenOver!.By);
        Assert.Equal(0, _drives);
        Assert.Contains("theirs", _forge.Comments[$"answer:{source}"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Each_order_of_one_comment_is_answered()
    {
        var source = _forge.Says("ada", "/kintsugi explain\n/kintsugi retry please");

        await RoundAsync();
        await RoundAsync();

        Assert.Equal([$"answer:{source}", $"answer:{source}.2"], _forge.Comments.Keys.Order());
        Assert.Equal(1, _drives);
    }

    [Theory]
    [InlineData(1, 0)]
    [InlineData(1, 500)]
    [InlineData(5, 0)]
    [InlineData(5, 500)]
    public async Task The_end_of_each_red_checks_log_reaches_the_writer_and_the_answer(int checks, int width)
    {
        var log = string.Join('\n', Enumerable.Range(1, 2_999).Select(n => $"{n} {new string('.', width)}"));
        _forge.View = _forge.View with { Checks = [.. Enumerable.Range(1, checks).Select(n => new EndedCheck($"check {n}", false, $"{log}\nerror CS100{n}: the last line\n", null))] };

        await RoundAsync();

        var words = Assert.Single(State().Requests).Words;
        Assert.InRange(words.Length, 1, 8_000);
        for (var n = 1; n <= checks; n++)
        {
            Assert.Contains($"check {n}:", words, StringComparison.Ordinal);
            Assert.Contains($"error CS100{n}: the last line", words, StringComparison.Ordinal);
            Assert.Contains($"error CS100{n}: the last line", _forge.Comments["answer:checks"], StringComparison.Ordinal);
        }
        Assert.DoesNotContain("\n1 ", words, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Red_checks_are_read_and_answered_once()
    {
        _forge.View = _forge.View with { Checks = [new EndedCheck("build", false, "error CS1002: ; expected\n@everyone", null), new EndedCheck("lint", true, "", null)] };

        await RoundAsync();
        _forge.View = _forge.View with { Checks = [new EndedCheck("build", false, "another error", null)] };
        await RoundAsync();

        Assert.Equal(1, _drives);
        var answer = Assert.Single(_forge.Comments).Value;
        Assert.Contains("CS1002", answer, StringComparison.Ordinal);
        Assert.DoesNotContain("@everyone", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_was_merged_is_looked_at_and_the_last_word_says_how_to_bless_it()
    {
        _forge.View = _forge.View with { State = PullRequestState.Merged, MergedAs = MergedCommit.Id, EndedBy = "ada" };
        _drive = state => new Closed(IncidentOutcome.Healthy, $"The fix was merged as {state.Head.Id} and holds. kintsugi bless {state.Head.Id}");

        await RoundAsync();
        await RoundAsync();

        Assert.Equal(1, _drives);
        Assert.Equal(MergedCommit.Id, State().Head.Id);
        Assert.Contains("kintsugi bless", Assert.Single(_forge.Comments).Value, StringComparison.Ordinal);
        Assert.Equal(0, _forge.Closings);
        Assert.False(State().Converses);
    }

    [Fact]
    public async Task What_a_person_closed_is_remembered_and_left()
    {
        _forge.View = _forge.View with { State = PullRequestState.Closed, EndedBy = "ada" };

        await RoundAsync();
        _forge.Says("ada", "/kintsugi retry");
        await RoundAsync();

        Assert.Equal(IncidentOutcome.LeftAlone, State().Outcome);
        Assert.Empty(_forge.Comments);
        Assert.Equal(0, _drives);
    }

    [Fact]
    public async Task What_is_to_be_ignored_is_closed_at_the_forge_too()
    {
        _forge.Says("ada", "/kintsugi ignore");
        _drive = _ => new Closed(IncidentOutcome.LeftAlone, "ada wants nothing more done about it.");

        await RoundAsync();

        Assert.Equal(1, _forge.Closings);
        Assert.Equal(2, _forge.Comments.Count);
    }

    [Fact]
    public async Task A_sample_that_is_taken_out_is_left_out_when_the_version_is_looked_at_again()
    {
        _forge.Says("ada", "/kintsugi quarantine s-1");
        _drive = state => new Closed(IncidentOutcome.Superseded, $"good without {string.Join(",", state.Quarantined)}");

        await RoundAsync();

        Assert.Equal(["s-1"], State().Quarantined);
        Assert.Equal(1, _drives);
        Assert.Equal(1, _forge.Closings);
    }

    [Fact]
    public async Task A_sample_that_there_is_not_is_said_and_costs_nothing()
    {
        var source = _forge.Says("ada", "/kintsugi quarantine s-99");

        await RoundAsync();

        Assert.Equal(0, _drives);
        Assert.Contains("no such sample", _forge.Comments[$"answer:{source}"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_of_no_use_any_more_says_so_before_it_is_closed_so_that_another_may_follow_it()
    {
        Append(new Closed(IncidentOutcome.Superseded, "good again"));

        await RoundAsync();

        Assert.Equal(1, _forge.Closings);
        Assert.True(ReviewEvents.IsWithdrawn(_forge.View with { EndedBy = _forge.View.Author }));
        Assert.False(ReviewEvents.IsWithdrawn(_forge.View with { EndedBy = "ada" })); // reopened, and closed by a person
        Assert.False(ReviewEvents.IsWithdrawn(_forge.View with { State = PullRequestState.Open }));
    }

    [Fact]
    public async Task What_a_person_wants_ignored_is_not_withdrawn()
    {
        _forge.Says("ada", "/kintsugi ignore");
        _drive = _ => new Closed(IncidentOutcome.LeftAlone, "ada wants nothing more done about it.");

        await RoundAsync();

        Assert.False(ReviewEvents.IsWithdrawn(_forge.View));
    }

    [Fact]
    public async Task What_a_person_works_on_is_not_closed_when_it_is_of_no_use_to_us()
    {
        _forge.View = _forge.View with { Tip = "d", Commits = [.. _forge.View.Commits, new BranchCommit("d", "ada", IsOurs: false)] };
        Append(new Closed(IncidentOutcome.Superseded, "good again"));

        await RoundAsync();

        Assert.Equal(0, _forge.Closings);
        Assert.Single(_forge.Comments);
        Assert.False(State().Converses);
    }

    [Fact]
    public async Task A_request_that_comes_while_another_waits_for_its_answer_buys_no_attempt_twice()
    {
        var first = _forge.Says("ada", "/kintsugi retry keep the partners");
        _forge.Writing = _ => throw new ForgeException("down");
        await Assert.ThrowsAsync<ForgeException>(RoundAsync);
        _forge.Writing = _ => { };
        var second = _forge.Says("ada", "/kintsugi retry and the suppliers");

        await RoundAsync();

        Assert.Equal(2, _drives);
        Assert.Contains("Attempt 2", _forge.Comments[$"answer:{first}"], StringComparison.Ordinal);
        Assert.Contains("Attempt 3", _forge.Comments[$"answer:{second}"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_retry_keeps_its_words_though_the_version_is_looked_at_again_before_it()
    {
        _forge.Says("ada", "/kintsugi retry keep the partners");
        _forge.Says("ada", "/kintsugi quarantine s-1");
        List<string> wanted = [];
        _steps = state =>
        {
            Assert.Null(state.Proposed);
            Append(new AttemptMade(new Attempt(1, "restore", true, "", new Fix("c", "t", "", ["a"], Verification.Full), [], null, RunCost.None), []));
            Append(new ProposalIntended(ScriptedReview.Branch, "t", "p", "f", DateTimeOffset.UnixEpoch));
            Append(new Proposed(new Proposal(Proposal.PullRequest, ScriptedReview.Branch, "c", ScriptedReview.Url.ToString(), "full"), RunCost.None, TimeSpan.Zero));
            wanted.Add(State().OwesAttempt ? State().Open!.Words : "nothing");
            return [_drive(State())];
        };

        await RoundAsync();

        Assert.Equal(["keep the partners"], wanted);
    }

    [Fact]
    public async Task An_attempt_that_a_person_was_quicker_than_is_not_said_to_be_on_the_branch()
    {
        var source = _forge.Says("ada", "/kintsugi retry keep the partners");
        _steps = state =>
        {
            _forge.View = _forge.View with { Tip = "d", Commits = [.. _forge.View.Commits, new BranchCommit("d", "bea", IsOurs: false)] };
            return
            [
                new AttemptMade(new Attempt(2, "restore", true, "", new Fix("c2", "t", "", ["a"], Verification.Full), [], null, RunCost.None), []),
                new ProposalIntended(ScriptedReview.Branch, "t", "p", "f", DateTimeOffset.UnixEpoch),
                new Proposed(new Proposal(Proposal.PullRequest, ScriptedReview.Branch, "d", ScriptedReview.Url.ToString(), "full"), RunCost.None, TimeSpan.Zero),
            ];
        };

        await RoundAsync();

        Assert.Contains("theirs", _forge.Comments[$"answer:{source}"], StringComparison.Ordinal);
        Assert.DoesNotContain("is on this branch", _forge.Comments[$"answer:{source}"], StringComparison.Ordinal);
    }

    private IncidentState State() => IncidentState.Fold(_incident, _folder.Log.Read(_incident));

    private Task RoundAsync() => new ReviewRunner(
        _folder.Log, new ReviewPlace(_forge, _forge, null, [], []),
        (state, commit, _) => Task.FromResult(new Revisited(commit is null ? state.Head : MergedCommit, "main", "m", "tier B")),
        (state, _) =>
        {
            _drives++;
            foreach (var happened in _steps?.Invoke(state) ?? [_drive(state)]) Append(happened);
            return Task.FromResult(State());
        },
        state => IncidentReports.From(state), null).RoundAsync(_incident, TestContext.Current.CancellationToken);

    private void Append(IncidentEvent happened) => _folder.Log.Append(_incident, _folder.Log.Read(_incident).Count + 1, happened);
}

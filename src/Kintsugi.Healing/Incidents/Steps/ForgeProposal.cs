using System.Text;
using Kintsugi.Evaluation.Running;
using Kintsugi.Forge;
using Kintsugi.Healing.Review;
using Kintsugi.Healing.Triage;
using Kintsugi.Sandbox.Git;

namespace Kintsugi.Healing.Incidents.Steps;

/// <summary>Puts a verified fix before people at a forge, or what a person has to decide; each found again by the fingerprint's name.</summary>
internal static class ForgeProposal
{
    private const int MostAnnotations = 50;
    private const int MostBlamed = 3;
    private const int LongestTitle = 200;

    /// <returns><see cref="Proposed"/>, or <see cref="Closed"/> where this culprit was dealt with before: a person has closed its pull request, or it was merged, and the version lacks it.</returns>
    public static async Task<IncidentEvent> PutAsync(BranchRequest request, IncidentReport report, string verification, IncidentState state, HealContext context, CancellationToken cancellationToken)
    {
        var started = context.Clock.GetTimestamp();
        var place = context.Review!;
        var view = await place.Conversation.ReadAsync(request.Branch, cancellationToken);
        var follows = view is not null && (ReviewEvents.IsWithdrawn(view) || await IsMergedBeforeAsync(view, request.Parent, context, cancellationToken));
        if (!follows && view is { State: PullRequestState.Closed }) return Remembered(view.Number, view.Url);
        if (!follows && view is { State: PullRequestState.Merged }) return Merged(view, request, verification, state, context.Clock.GetElapsedTime(started));

        var target = place.Base ?? state.TargetBranch ?? throw new ForgeException("It is not known which branch the fix is for: the version was looked at on no branch. Say `review: { base: main }` in kintsugi.yaml.");
        var branch = await BranchAsync(request with { Done = follows && view!.State == PullRequestState.Merged ? view.Tip : null }, view, state, context, cancellationToken);
        var proposal = new Proposal(Proposal.PullRequest, branch.Branch, branch.Commit, "", branch.IsAsked ? verification : Proposal.AnotherFix);
        var body = MarkdownReport.Render(report with { Proposal = proposal, Run = place.Run });
        var pull = await place.Forge.PutPullRequestAsync(
            new PullRequestRequest(request.Branch, target, request.Subject, body, place.Labels, await ReviewersAsync(state, context, cancellationToken), Rewrites: branch.IsAsked)
            {
                After = follows ? view!.Number : null,
                AuthorsOf = [.. (state.Diagnosed?.Diagnosis.Commits ?? []).Take(MostBlamed).Select(c => c.Id)],
            },
            cancellationToken);
        if (pull.State == PullRequestState.Closed) return Remembered(pull.Number, pull.Url);
        await place.Forge.PutCheckAsync(Check(report, pull.Url, place), cancellationToken);
        if (follows) await place.Forge.PutCommentAsync(view!.Number, ReviewEvents.FollowedKey(state.Incident), ReviewAnswers.Followed(state.Head.Id, pull.Url), cancellationToken);
        await ReplaceAsync(request.Branch, pull.Url, state, place, cancellationToken);
        return new Proposed(proposal with { Url = pull.Url.ToString() }, RunCost.None, context.Clock.GetElapsedTime(started));
    }

    /// <summary>Asks a person by an issue with all that was found.</summary>
    public static async Task<IncidentEvent> EscalateAsync(CloseStep close, IncidentState state, HealContext context, CancellationToken cancellationToken)
    {
        var place = context.Review!;
        var report = IncidentReports.From(state) with { Outcome = close.Outcome, OutcomeReason = close.Reason, Run = place.Run };
        var people = (await ReviewersAsync(state, context, cancellationToken)).Where(r => !r.Contains('/', StringComparison.Ordinal)).ToList();
        var title = Quoted.Disarm(StrangersText.OneLine($"{report.Agent} is worse at {Words.Short(state.Head.Id)}, and a person has to decide", LongestTitle));
        var url = await place.Forge.PutIssueAsync(
            new IssueRequest(state.EscalationIntended!.Fingerprint, title, MarkdownReport.Render(report), place.Labels, people), cancellationToken);
        await place.Forge.PutCheckAsync(Check(report, url, place), cancellationToken);
        return new EscalationFiled(url.ToString());
    }

    /// <summary>What a branch's pull request comes to where a person has closed it; null where nobody has.</summary>
    public static async Task<Closed?> RefusedAsync(string branch, ReviewPlace place, CancellationToken cancellationToken) =>
        await place.Conversation.ReadAsync(branch, cancellationToken) is { State: PullRequestState.Closed } view && !ReviewEvents.IsWithdrawn(view) ? Remembered(view.Number, view.Url) : null;

    private static Closed Remembered(int number, Uri url) => new(
        IncidentOutcome.LeftAlone, $"Pull request {number} for this very culprit was closed by a person, so it is not asked again: {url} To have it looked after, reopen it and run `kintsugi heal`.")
    {
        IsRemembered = true,
    };

    /// <summary>One that was merged after this version: its conversation goes on, unless its last word was spoken.</summary>
    private static IncidentEvent Merged(PullRequestView view, BranchRequest request, string verification, IncidentState state, TimeSpan took) => ReviewEvents.IsSettled(view)
        ? new Closed(IncidentOutcome.LeftAlone, $"A fix for this very culprit was merged as {Words.Short(view.MergedAs ?? "")} ({view.Url}), and {Words.Short(state.Head.Id)} lacks it: what is to be used is a version that has it.")
        : new Proposed(new Proposal(Proposal.PullRequest, request.Branch, view.Tip, view.Url.ToString(), verification), RunCost.None, took);

    /// <summary>Whether the commit that the fix is for has the merge, and is worse all the same: the fix was taken back.</summary>
    private static async Task<bool> IsMergedBeforeAsync(PullRequestView view, string parent, HealContext context, CancellationToken cancellationToken) =>
        view is { State: PullRequestState.Merged, MergedAs: { } merged } && await context.Git.IsKnownAncestorAsync(merged, parent, cancellationToken);

    /// <summary>What a reviewer asked for comes on top of what another process, that did not hear them, has put there.</summary>
    private static async Task<ProposedBranch> BranchAsync(BranchRequest request, PullRequestView? view, IncidentState state, HealContext context, CancellationToken cancellationToken)
    {
        var parent = await context.Git.ResolveAsync(request.Parent, cancellationToken);
        var edits = await EditsAsync(context.Git, parent.Tree, request.Tree, cancellationToken);
        try
        {
            var branch = await context.Review!.Forge.PutBranchAsync(request, edits, cancellationToken);
            return branch is { IsAsked: false, IsOurs: true } && state.Open is { WantsAttempt: true }
                ? await context.Review.Forge.PutBranchAsync(request with { After = branch.Commit }, edits, cancellationToken)
                : branch;
        }
        catch (BranchTakenException) when (view is { State: PullRequestState.Open })
        {
            return new ProposedBranch(request.Branch, view.Tip, Adopted: true, IsAsked: false, IsOurs: false); // a person has put commits of their own under its pull request
        }
    }

    /// <summary>Where the incident has another culprit now, its pull request of before is of no use, and nobody would answer there.</summary>
    private static async Task ReplaceAsync(string branch, Uri by, IncidentState state, ReviewPlace place, CancellationToken cancellationToken)
    {
        if (state.ProposedBefore is not { Kind: Proposal.PullRequest } before || before.Branch == branch) return;
        if (await place.Conversation.ReadAsync(before.Branch, cancellationToken) is not { State: PullRequestState.Open } old) return;
        await place.Forge.PutCommentAsync(old.Number, ReviewEvents.WithdrawnKey(state.Incident), ReviewAnswers.Replaced(by), cancellationToken);
        if (!ReviewEvents.IsTheirs(old)) await place.Conversation.CloseAsync(old.Number, cancellationToken);
    }

    /// <summary>What of the tree the parent has not, file by file.</summary>
    private static async Task<IReadOnlyList<TreeEdit>> EditsAsync(GitRepository git, string from, string to, CancellationToken cancellationToken)
    {
        List<TreeEdit> edits = [];
        foreach (var (old, now) in await git.DiffAsync(from, to, cancellationToken))
        {
            if (old is not null && old.Path != now?.Path) edits.Add(new TreeEdit(old.Path, old.Mode, null));
            if (now is { Mode: "160000" }) edits.Add(new TreeEdit(now.Path, now.Mode, Encoding.ASCII.GetBytes(now.Blob))); // a submodule: its commit
            else if (now is not null) edits.Add(new TreeEdit(now.Path, now.Mode, await git.ReadBlobAsync(now.Blob, cancellationToken)));
        }
        return edits;
    }

    private static async Task<IReadOnlyList<string>> ReviewersAsync(IncidentState state, HealContext context, CancellationToken cancellationToken) =>
        [.. context.Review!.Reviewers.Concat(await CodeOwnersFile.OfAsync(context.Git, context.Head.Tree, [.. (state.Diagnosed?.Diagnosis.Culprit ?? []).Select(h => h.File).Distinct()], cancellationToken)).Distinct(StringComparer.OrdinalIgnoreCase)];

    /// <summary>What is said on the version that is worse, on the very lines that make it so.</summary>
    private static CheckReport Check(IncidentReport report, Uri where, ReviewPlace place) => new(
        report.Head.Id, CheckNames.Of(report.Agent, report.AgentPath), Passed: false, Story.Outcome(report), Quoted.Prose(Story.Summary(report), 1_500),
        [.. (report.Diagnosis?.Culprit ?? []).Take(MostAnnotations).Select(AnnotationOf)], place.Run ?? where);

    private static Annotation AnnotationOf(HunkView hunk)
    {
        var (first, count) = HunkText.Lines(hunk);
        return new Annotation(hunk.File, Math.Max(1, first), Math.Max(1, first + Math.Max(0, count - 1)), "Without this the version is good again; no smaller change was found to mend it.");
    }
}

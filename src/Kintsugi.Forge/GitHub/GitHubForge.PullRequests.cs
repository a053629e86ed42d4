using System.Net;
using Kintsugi.Forge.Wire;

namespace Kintsugi.Forge.GitHub;

public sealed partial class GitHubForge
{
    private const string WritesPullRequests = "`Pull requests: write`";

    public Task<PullRequest> PutPullRequestAsync(PullRequestRequest request, CancellationToken cancellationToken)
    {
        Limits.ThrowIfTooLong("body", request.Body, nameof(request));
        return GuardAsync(WritesPullRequests, async () =>
        {
            var pull = await Putting.PutAsync(token => StandingAsync(request, token), token => OpenAsync(request, token), _clock, cancellationToken);
            if (pull.Ended != PullRequestState.Open) return pull.Plain;
            if (request.Rewrites && (pull.Title != request.Title || !KeyMark.IsSame(pull.Body, request.Body)))
                pull = await _api.PatchAsync<WirePull>($"pulls/{pull.Number}", new { title = request.Title, body = request.Body }, cancellationToken);
            await IntroduceAsync(pull.Number, request.Labels, cancellationToken);
            await AskForReviewAsync(pull.Number, [.. request.Reviewers.Concat(await AuthorsAsync(request.AuthorsOf, cancellationToken)).Distinct(StringComparer.OrdinalIgnoreCase)], cancellationToken);
            return pull.Plain;
        });
    }

    public Task CloseAsync(int number, CancellationToken cancellationToken) =>
        GuardAsync(WritesPullRequests, () => _api.PatchAsync<WirePull>($"pulls/{number}", new { state = "closed" }, cancellationToken));

    /// <returns>The one that stands for the branch: open, else the last that ended. Null where one is to be made.</returns>
    private async Task<WirePull?> StandingAsync(PullRequestRequest request, CancellationToken cancellationToken) =>
        Last(await PullsAsync(request.Branch, cancellationToken)) is { } last && (last.Ended == PullRequestState.Open || last.Number != request.After) ? last : null;

    private static WirePull? Last(IReadOnlyList<WirePull> pulls) =>
        pulls.FirstOrDefault(pull => pull.Ended == PullRequestState.Open) ?? pulls.MaxBy(pull => (pull.ClosedAt, pull.Number));

    /// <summary>All pull requests that ever were of a branch of this repository.</summary>
    private async Task<IReadOnlyList<WirePull>> PullsAsync(string branch, CancellationToken cancellationToken) =>
        [.. (await _api.ListAsync<WirePull>($"pulls", cancellationToken, ("state", "all"), ("head", $"{_owner}:{branch}")))
            .Where(pull => pull.Head.Ref == branch && string.Equals(pull.Head.Repo?.FullName, _repository, StringComparison.OrdinalIgnoreCase))]; // a fork's may be called so too

    /// <exception cref="AlreadyThereException">Somebody was quicker.</exception>
    private async Task<WirePull> OpenAsync(PullRequestRequest request, CancellationToken cancellationToken)
    {
        Task<WirePull> Post(bool draft) =>
            _api.PostAsync<WirePull>($"pulls", new { title = request.Title, head = request.Branch, @base = request.Base, body = request.Body, draft }, cancellationToken);
        try
        {
            try
            {
                return await Post(draft: true);
            }
            catch (ForgeRefusal refusal) when (refusal.Status == HttpStatusCode.UnprocessableEntity && refusal.Says("draft"))
            {
                return await Post(draft: false); // the repository's plan has no drafts
            }
        }
        catch (ForgeRefusal refusal) when (refusal.Status == HttpStatusCode.UnprocessableEntity && refusal.Says("already exists"))
        {
            throw new AlreadyThereException(refusal);
        }
    }

    /// <summary>Adds labels, each once ever: one that a person took off stays off. What was put on when is in the events.</summary>
    private async Task IntroduceAsync(int number, IReadOnlyList<string> labels, CancellationToken cancellationToken)
    {
        if (labels.Count == 0) return;
        var events = await EventsAsync(number, cancellationToken);
        var missing = labels.Except(events.Where(happened => happened.Event == "labeled").Select(happened => happened.Label?.Name ?? ""), StringComparer.OrdinalIgnoreCase).ToList();
        if (missing.Count > 0) await _api.PostAsync<IReadOnlyList<WireNamed>>($"issues/{number}/labels", new { labels = missing }, cancellationToken); // makes those that the repository lacks
    }

    /// <summary>Logins of those who wrote commits, as far as GitHub knows whose mails they give.</summary>
    private async Task<IReadOnlyList<string>> AuthorsAsync(IReadOnlyList<string> commits, CancellationToken cancellationToken)
    {
        var authors = new List<string>();
        foreach (var commit in commits)
            if (await _api.TryGetAsync<WireCommit>($"commits/{commit}", cancellationToken) is { Author: { Type: "User", Login: var login } }) authors.Add(login);
        return authors;
    }

    private async Task AskForReviewAsync(int number, IReadOnlyList<string> reviewers, CancellationToken cancellationToken)
    {
        if (reviewers.Count == 0) return;
        var asked = (await EventsAsync(number, cancellationToken)).Where(happened => happened.Event == "review_requested")
            .Select(happened => happened.RequestedReviewer?.Login ?? $"{_owner}/{happened.RequestedTeam?.Slug}");
        var missing = reviewers.Except(asked, StringComparer.OrdinalIgnoreCase).ToList();
        Task Ask(List<string> some) => _api.PostAsync<WirePull>(
            $"pulls/{number}/requested_reviewers",
            new { reviewers = some.Where(one => !one.Contains('/', StringComparison.Ordinal)), team_reviewers = some.Where(one => one.Contains('/', StringComparison.Ordinal)).Select(team => team.Split('/')[1]) },
            cancellationToken);
        await EachKnownAsync(missing, Ask);
    }

    /// <summary>All at once; where one of them is unknown, one by one without it.</summary>
    private static async Task EachKnownAsync(List<string> people, Func<List<string>, Task> ask)
    {
        if (people.Count == 0) return;
        try
        {
            await ask(people);
        }
        catch (ForgeRefusal refusal) when (refusal.Status is HttpStatusCode.UnprocessableEntity or HttpStatusCode.NotFound)
        {
            if (people.Count == 1) return;
            foreach (var one in people) await EachKnownAsync([one], ask);
        }
    }

    /// <returns>None at a server that keeps none: there, labels and people are put on each time.</returns>
    private async Task<IReadOnlyList<WireEvent>> EventsAsync(int number, CancellationToken cancellationToken)
    {
        try
        {
            return await _api.ListAsync<WireEvent>($"issues/{number}/events", cancellationToken);
        }
        catch (ForgeRefusal refusal) when (refusal.Status == HttpStatusCode.NotFound)
        {
            return [];
        }
    }
}

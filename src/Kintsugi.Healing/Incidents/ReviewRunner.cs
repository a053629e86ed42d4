using Kintsugi.Forge;
using Kintsugi.Healing.Review;

namespace Kintsugi.Healing.Incidents;

/// <summary>Goes on with the conversation under a pull request: reads what became of it, writes that down, has it dealt with, answers.</summary>
/// <remarks>
/// A round takes everything from the forge as it stands, and from the log: it does not matter what woke it, how often, or in which order things happened.
/// What it writes down first is what is to be done; a round that is killed is taken up by the next.
/// </remarks>
/// <param name="visits">Says what a look at a merged commit, or at the present head again (null), begins with.</param>
/// <param name="drives">Takes the incident further until it rests.</param>
public sealed class ReviewRunner(
    IncidentLog log, ReviewPlace place, Func<IncidentState, string?, CancellationToken, Task<Revisited>> visits,
    Func<IncidentState, CancellationToken, Task<IncidentState>> drives, Func<IncidentState, IncidentReport> reports, IProgress<LoggedEvent>? happened)
{
    private const int MostOrders = 20; // followed in one round: whoever writes more waits for the next
    private const int MostAsked = 100; // people of whom it is asked in one round whether they may write
    private const int MostDeclined = 200;

    /// <returns>The incident after the round.</returns>
    /// <exception cref="ForgeException">The forge is down, or knows no pull request of the branch.</exception>
    /// <exception cref="IncidentMovedException">Another process takes the same incident further.</exception>
    public async Task<IncidentState> RoundAsync(string incident, CancellationToken cancellationToken)
    {
        var state = IncidentState.Fold(incident, log.Read(incident));
        if (!state.Converses || state.UnderReview is not { } review) return state;
        var view = await place.Conversation.ReadAsync(review.Branch, cancellationToken)
            ?? throw new ForgeException($"There is no pull request of the branch {review.Branch} any more, though {review.Url} was one. If it was deleted: kintsugi incident cancel {incident}");

        state = Tell(state, ReviewEvents.Ended(state, view));
        state = await HearAsync(state, view, cancellationToken);
        if (state.Closed is null && ReviewEvents.RedChecks(state, view) is { } red) state = Tell(state, new Requested(red));
        if (state.OwesVisit) state = Tell(state, await visits(state, state is { Merged: { } merged, MergeVisited: false } ? merged.Commit : null, cancellationToken));

        while (true)
        {
            if (IsToBeDriven(state))
            {
                state = await drives(state, cancellationToken);
                view = await place.Conversation.ReadAsync(review.Branch, cancellationToken) ?? view;
                state = Tell(state, ReviewEvents.Ended(state, view).OfType<TakenOver>()); // by whoever pushed meanwhile: then the attempt is not on the branch
            }
            if (state.Open is not { } open) break;
            await place.Forge.PutCommentAsync(view.Number, ReviewEvents.AnswerKey(open.Source), ReviewAnswers.To(open, reports(state), Tried(state), state.TakenOver?.By), cancellationToken);
            state = Tell(state, new Answered(open.Source));
        }
        return state.Closed is { } closed ? await EndAsync(state, closed, view, cancellationToken) : state;
    }

    private static bool IsToBeDriven(IncidentState state) =>
        state.Closed is null && (state.Proposed is null || state.OwesAttempt || state.Open is { Kind: RequestKind.Ignore });

    /// <summary>Takes down what is new. A stranger's order is remembered as one that is not followed: who is let in later does not set it off. However many there are, those who may write are heard.</summary>
    private async Task<IncidentState> HearAsync(IncidentState state, PullRequestView view, CancellationToken cancellationToken)
    {
        var known = state.Requests.Select(r => r.By).Concat(place.Reviewers).ToHashSet(StringComparer.OrdinalIgnoreCase);
        var (may, followed, declined) = (new Dictionary<string, bool>(StringComparer.OrdinalIgnoreCase), 0, 0);
        foreach (var said in ReviewEvents.Said(state, view).OrderByDescending(r => known.Contains(r.By))) // stable: else oldest first
        {
            if (!may.TryGetValue(said.By, out var isHeard))
            {
                if (may.Count == MostAsked) continue;
                may[said.By] = isHeard = await place.Conversation.MayWriteAsync(said.By, cancellationToken);
            }
            if (isHeard ? followed++ < MostOrders : declined++ < MostDeclined) state = Tell(state, isHeard ? new Requested(said) : new Declined(said.Source, said.By));
        }
        return state;
    }

    /// <summary>The last word. A pull request that is of no use any more is closed with it, but not what a person works on, unless they want that.</summary>
    private async Task<IncidentState> EndAsync(IncidentState state, Closed closed, PullRequestView view, CancellationToken cancellationToken)
    {
        var isIgnored = state.Requests.Any(r => r.Kind == RequestKind.Ignore);
        var isOfNoUse = closed.Outcome is IncidentOutcome.Superseded or IncidentOutcome.LeftAlone or IncidentOutcome.Healthy;
        var closes = view.State == PullRequestState.Open && isOfNoUse && (isIgnored || !ReviewEvents.IsTheirs(view));
        if (closed.Outcome != IncidentOutcome.Cancelled && view.State != PullRequestState.Closed)
        {
            var key = closes && !isIgnored ? ReviewEvents.WithdrawnKey(state.Incident) : ReviewEvents.EndKey(state.Incident);
            await place.Forge.PutCommentAsync(view.Number, key, ReviewAnswers.End(reports(state)), cancellationToken);
        }
        if (closes) await place.Conversation.CloseAsync(view.Number, cancellationToken);
        return Tell(state, new ConversationEnded());
    }

    /// <summary>The attempt that the open request was given; null when none was made.</summary>
    private static Kintsugi.Healing.Repair.Attempt? Tried(IncidentState state) =>
        state.Open is { WantsAttempt: true } && state.Attempts.Count > state.AttemptsAtRequest ? state.Attempts[^1].Attempt : null;

    private IncidentState Tell(IncidentState state, params IEnumerable<IncidentEvent> events) => events.Aggregate(state, (known, next) => log.Append(known, next, happened));
}

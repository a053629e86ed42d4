using Kintsugi.Forge;
using Kintsugi.Healing.Review;

namespace Kintsugi.Healing.Incidents;

/// <summary>What is new under a pull request, held against the log: pure, so that a round can be repeated.</summary>
public static class ReviewEvents
{
    private const string ChecksSource = "checks";
    private const int MostRed = 5;
    private const int LongestLog = 8_000;

    /// <summary>Under which key a request's answer is put, and found again.</summary>
    public static string AnswerKey(string source) => $"answer:{source}";

    /// <summary>Whether it was merged or closed, or a person has taken the branch over.</summary>
    public static IEnumerable<IncidentEvent> Ended(IncidentState state, PullRequestView view)
    {
        if (state.Closed is not null) yield break;
        var by = view.EndedBy is { } login ? StrangersText.OneLine(login, 100) : "";
        if (view is { State: PullRequestState.Merged, MergedAs: { } commit })
        {
            if (state.Merged?.Commit != commit) yield return new Merged(commit, by);
        }
        else if (view.State == PullRequestState.Closed)
        {
            yield return new Closed(IncidentOutcome.LeftAlone, $"Pull request {view.Number} was closed{(by.Length > 0 ? $" by {by}" : "")} without being merged. It is not asked again for this culprit.");
        }
        else if (state.TakenOver is null && view.Commits.LastOrDefault(c => !c.IsOurs) is { } theirs)
        {
            yield return new TakenOver(view.Tip, StrangersText.OneLine(theirs.Author, 100));
        }
    }

    /// <summary>Orders that are new, oldest first; whether their authors may give any is not known yet.</summary>
    public static IEnumerable<ReviewRequest> Said(IncidentState state, PullRequestView view)
    {
        if (state.Closed is not null || view.State != PullRequestState.Open) return [];
        var answered = view.Remarks.Select(r => r.Key).OfType<string>().ToHashSet(StringComparer.Ordinal); // also by a process whose database is gone
        return
        [
            .. view.Remarks.Select(ReviewOrders.Of).OfType<ReviewRequest>()
                .Select(r => r.Kind == RequestKind.Quarantine && !IsSample(state, r.Words) ? r with { Kind = RequestKind.Unknown, Words = $"{ReviewOrders.Call} quarantine {r.Words}" } : r)
                .Where(r => !state.Settled.Contains(r.Source) && !answered.Contains(AnswerKey(r.Source)) && state.Requests.All(known => known.Source != r.Source)),
        ];
    }

    private static bool IsSample(IncidentState state, string id) => state.Looks is [.., var look] && look.Counts.Any(c => c.SampleId == id);

    /// <summary>The repository's own checks, where they are red on our commit and nothing was made of that yet: they are answered once in an incident.</summary>
    public static ReviewRequest? RedChecks(IncidentState state, PullRequestView view)
    {
        if (state is not { TakenOver: null, Proposed: { } proposed } || view.State != PullRequestState.Open || view.Tip != proposed.Proposal.Commit) return null;
        var red = view.Checks.Where(c => !c.Passed).Take(MostRed).ToList();
        if (red.Count == 0 || state.Requests.Any(r => r.Source == ChecksSource) || view.Remarks.Any(r => r.Key == AnswerKey(ChecksSource))) return null;
        var says = string.Join("\n\n", red.Select(c => $"{StrangersText.OneLine(c.Name, 100)}:\n{StrangersText.End(c.Says, LongestLog / red.Count)}"));
        return new ReviewRequest(ChecksSource, StrangersText.OneLine(string.Join(", ", red.Select(c => c.Name)), 200), RequestKind.MendChecks, StrangersText.Block(says, 400, LongestLog));
    }
}

using Kintsugi.Forge;
using Kintsugi.Healing.Review;

namespace Kintsugi.Healing.Incidents;

/// <summary>What is new under a pull request, held against the log: pure, so that a round can be repeated.</summary>
public static class ReviewEvents
{
    private const string ChecksSource = "checks";
    private const string Withdrawn = "withdrawn:";
    private const string End = "end:";
    private const int MostRed = 5;
    private const int LongestName = 100;
    private const int LinesAround = 4; // a check's name, what was cut, and what parts it from the next
    private const int CharactersAround = LongestName + 20;

    /// <summary>Under which key a request's answer is put, and found again.</summary>
    public static string AnswerKey(string source) => $"answer:{source}";

    /// <summary>Under which key it is said that a pull request is of no use any more, before it is closed: another may follow it, which cannot be of one that a person closed.</summary>
    public static string WithdrawnKey(string incident) => Withdrawn + incident;

    /// <summary>Under which key an incident's last word is put, where it is not withdrawn.</summary>
    public static string EndKey(string incident) => End + incident;

    /// <summary>Under which key one that has ended says which follows it.</summary>
    public static string FollowedKey(string incident) => $"followed:{incident}";

    /// <summary>Whether it was closed by us, as one of no use any more, and by no person since.</summary>
    public static bool IsWithdrawn(PullRequestView view) =>
        view.State == PullRequestState.Closed && (view.EndedBy is null || view.EndedBy == view.Author) && HasRemark(view, Withdrawn);

    /// <summary>Whether an incident has spoken its last word under it.</summary>
    public static bool IsSettled(PullRequestView view) => HasRemark(view, End);

    /// <summary>Whether a person's commits are on the branch.</summary>
    public static bool IsTheirs(PullRequestView view) => view.Commits.Any(c => !c.IsOurs);

    private static bool HasRemark(PullRequestView view, string key) => view.Remarks.Any(r => r.Key?.StartsWith(key, StringComparison.Ordinal) is true);

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
            yield return new Closed(IncidentOutcome.LeftAlone, $"Pull request {view.Number} was closed{(by.Length > 0 ? $" by {by}" : "")} without being merged. It is not asked again for this culprit; where it is opened again, the next `kintsugi heal` of the version goes on with it.");
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
            .. view.Remarks.SelectMany(ReviewOrders.Of)
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
        var says = string.Join("\n\n", red.Select(c =>
            $"{StrangersText.OneLine(c.Name, LongestName)}:\n{StrangersText.LastLines(c.Says, (ReviewAnswers.MostLogLines / red.Count) - LinesAround, (ReviewAnswers.LongestLog / red.Count) - CharactersAround)}"));
        return new ReviewRequest(ChecksSource, StrangersText.OneLine(string.Join(", ", red.Select(c => c.Name)), 200), RequestKind.MendChecks, says);
    }
}

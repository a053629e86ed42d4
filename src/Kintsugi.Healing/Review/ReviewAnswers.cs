using System.Globalization;
using System.Text;
using Kintsugi.Healing.Repair;

namespace Kintsugi.Healing.Review;

/// <summary>What we say under a pull request, as Markdown in which nothing quoted acts.</summary>
public static class ReviewAnswers
{
    /// <summary>The most that is shown of red checks together: lines, and characters.</summary>
    public const int MostLogLines = 150;
    public const int LongestLog = 8_000;

    private const string Footer = "\n---\nWritten by Kintsugi from the incident's log.\n";

    /// <param name="tried">The attempt that it was given; null when none was made.</param>
    /// <param name="owner">Who pushed to the branch, so that nothing more is done there; null while it is ours.</param>
    public static string To(ReviewRequest request, IncidentReport report, Attempt? tried, string? owner) => (request.Kind switch
    {
        _ when request.WantsAttempt && owner is not null => $"{Quoted.Prose(owner, 100)} has pushed to this branch, so it is theirs: no attempt of mine is put on it.\n",
        RequestKind.Explain => MarkdownReport.Explanation(report),
        RequestKind.Ignore => "Nothing more is done about this regression, and it is not asked again. If the change was wanted, `kintsugi dataset accept` brings the golden targets along, and `kintsugi bless` makes it what later versions are held against.\n",
        RequestKind.Quarantine => Quarantined(request, report),
        RequestKind.Unknown => Unknown(request),
        RequestKind.MendChecks => $"The checks {Quoted.Span(request.By)} are red on this commit. The end of what they print:\n\n{Quoted.FenceOfEnd(request.Words, "text", MostLogLines, LongestLog)}\n{Attempted(report, tried, "no attempt could be made by what they say: there is nobody configured who writes changes (`models.roles.repair`), and no other set of hunks to put back")}",
        _ => Attempted(report, tried, Nothing(request, report)),
    }) + Footer;

    /// <summary>The last word of an incident.</summary>
    public static string End(IncidentReport report) => $"**{Story.Outcome(report)}.** {Quoted.Prose(report.OutcomeReason, 1_500)}\n{Footer}";

    /// <summary>The last word under a pull request whose incident turned out to be of another culprit.</summary>
    public static string Replaced(Uri by) => $"The version that is in use now is worse for another reason, or for more than this one. What mends it is {by}, and it is answered there.\n{Footer}";

    /// <summary>What is said under a pull request that has ended when its culprit is back, or did not go.</summary>
    public static string Followed(string head, Uri by) => $"{Quoted.Span(Figures.ShortId(head))} is worse by this very culprit. What mends it there is {by}, and it is answered there.\n{Footer}";

    private static string Attempted(IncidentReport report, Attempt? tried, string why)
    {
        if (tried is null) return $"The fix stays as it is: {why}.\n";
        var text = new StringBuilder();
        if (tried.Passed && report.Proposal is { } proposal)
            text.Append(CultureInfo.InvariantCulture, $"Attempt {tried.N} ({Quoted.Span(tried.Strategy)}) passed every check and is on this branch as {Quoted.Span(Figures.ShortId(proposal.Commit))}; the description above is rewritten to it.\n\n");
        else
            text.Append(CultureInfo.InvariantCulture, $"Attempt {tried.N} ({Quoted.Span(tried.Strategy)}) was refused: {Quoted.Prose(tried.Reason)} The fix on this branch stays as it was.\n\n");
        return text.Append(MarkdownReport.Checks(tried))
            .Append("\nIts runs were fresh, but the held-out samples are those of the attempts before: what was said here may have told of them.\n").ToString();
    }

    private static string Nothing(ReviewRequest request, IncidentReport report) => request.Kind switch
    {
        RequestKind.RollBack when Story.IsRolledBack(report) => "it takes back all that changed already",
        RequestKind.RollBack => "all that changed has been taken back in an attempt before, in vain, or nothing in the repository changed",
        _ when request.Words.Length == 0 => "no other set of hunks is left to put back. With words after `retry`, and a model or coding agent configured (`models.roles.repair`, `repair.delegate`), a change is written by them",
        _ => "nobody is configured who writes changes (`models.roles.repair`, `repair.delegate`), and no other set of hunks is left to put back",
    };

    private static string Quarantined(ReviewRequest request, IncidentReport report)
    {
        var ends = report.Outcome is IncidentOutcome.Healthy or IncidentOutcome.Superseded
            ? "Without it the version is no worse than the blessed one."
            : $"Without it: {Quoted.Prose(Story.Summary(report), 1_000)}";
        return $"The golden sample {Quoted.Span(request.Words, 80)} counts no longer in this incident, and the version was looked at again. {ends}\n\nThe dataset itself is not changed by this: correct the sample there, or take it out.\n";
    }

    private static string Unknown(ReviewRequest request) =>
        $"{Quoted.Span(request.Words, 80)} cannot be followed: there is no such order, or no such sample. These there are, at the beginning of a line, from people who may write to this repository:\n\n{ReviewOrders.List()}";
}

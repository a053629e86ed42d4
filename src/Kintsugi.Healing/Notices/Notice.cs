using Kintsugi.Evaluation.Agents;
using Kintsugi.Healing.Incidents;
using Kintsugi.Healing.Review;

namespace Kintsugi.Healing.Notices;

/// <summary>What a person is told of one state of an incident: plain text, one line each.</summary>
/// <param name="Incident">Its id.</param>
/// <param name="Version">Of the event in the incident's log that led to the state.</param>
/// <param name="Lines">Ours and strangers' words, the latter disarmed.</param>
/// <param name="Link">Where more is; null for nowhere.</param>
public sealed record Notice(string Incident, int Version, NotableState State, string Title, IReadOnlyList<string> Lines, Uri? Link)
{
    private const int ShownOfCommit = 10;
    private const int LongestLine = 600;

    /// <summary>What is to be told of an event; null for what nobody is told of.</summary>
    /// <param name="state">The incident as it stood right after the event, which is the last of its log.</param>
    public static Notice? Of(IncidentState state)
    {
        if (state.Log is not [.., var last] || StateOf(state, last.Event) is not { } notable) return null;
        var proposal = last.Event is Proposed proposed ? proposed.Proposal : null;
        List<string> lines =
        [
            $"version {state.Head.Id[..Math.Min(ShownOfCommit, state.Head.Id.Length)]} by {Line(state.Head.Author, 80)}: {Line(state.Head.Subject, 120)}",
            .. Said(state, last.Event).Select(words => Line(words, LongestLine)),
            $"more: kintsugi incident show {state.Incident}",
        ];
        return new Notice(state.Incident, last.Version, notable, $"{state.Opened.Agent}: {TitleOf(notable, state, last.Event)}", lines, LinkOf(proposal));
    }

    /// <summary>As one text.</summary>
    public string Text() => string.Join('\n', [Title, .. Lines, .. Link is null ? Array.Empty<string>() : [Link.AbsoluteUri]]);

    private static NotableState? StateOf(IncidentState state, IncidentEvent happened) => happened switch
    {
        Alarmed => NotableState.Alarmed,
        PairsRun { Confirmed: true } => NotableState.Regressed,
        Proposed => NotableState.Proposed,
        Closed { Outcome: IncidentOutcome.Escalated or IncidentOutcome.Budget } => NotableState.Escalated,
        Closed { IsRemembered: true } => null,
        Closed when state.Log.Any(e => e.Event is Alarmed or Proposed or PairsRun { Confirmed: true }) => NotableState.Closed, // of a day on which nothing was wrong nobody hears
        _ => null,
    };

    private static string TitleOf(NotableState notable, IncidentState state, IncidentEvent happened) => notable switch
    {
        NotableState.Alarmed => "more errors in production",
        NotableState.Regressed => "a version is worse than the blessed one",
        NotableState.Proposed => "a fix waits for review",
        NotableState.Escalated => "a person has to decide",
        _ => $"incident {state.Incident} is over ({Words.Snake(((Closed)happened).Outcome).Replace('_', ' ')})",
    };

    private static IEnumerable<string> Said(IncidentState state, IncidentEvent happened)
    {
        switch (happened)
        {
            case Alarmed alarmed:
                yield return alarmed.Alarm.Statement();
                break;
            case PairsRun pairs:
                if (state.Looks is [.., var look]) yield return look.Verdict.Plain;
                yield return pairs.Statement;
                break;
            case Proposed proposed:
                if (state.Diagnosed is { } diagnosed) yield return $"cause: {Words.Snake(diagnosed.Diagnosis.Cause)}";
                yield return $"branch {proposed.Proposal.Branch}, verified: {proposed.Proposal.Verification}";
                break;
            case Closed closed:
                yield return closed.Reason;
                break;
        }
    }

    /// <summary>A forge's page; a local proposal has the path of a report, which leads nowhere from another machine.</summary>
    private static Uri? LinkOf(Proposal? proposal) =>
        Uri.TryCreate(proposal?.Url, UriKind.Absolute, out var url) && url.Scheme is "https" or "http" ? url : null;

    private static string Line(string text, int limit) => Quoted.Disarm(StrangersText.OneLine(text, limit));
}

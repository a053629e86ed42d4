using Kintsugi.Evaluation.Agents;
using Kintsugi.Healing.Incidents;

namespace Kintsugi.Healing.Notices;

/// <summary>Tells people of an incident's states, each once by each channel. That it cannot is a warning, and changes nothing of the incident.</summary>
/// <param name="warn">Told why something was not sent.</param>
public sealed class Notifier(IncidentLog log, NoticeLedger ledger, IReadOnlyList<INoticeSender> senders, NotifyDefinition settings, Action<string> warn)
{
    private readonly HashSet<string> _warned = new(StringComparer.Ordinal);

    /// <summary>Sends what the log has and was not sent yet.</summary>
    public async Task TellAsync(string incident, CancellationToken cancellationToken)
    {
        foreach (var notice in Notices(incident))
        {
            foreach (var unusable in settings.Unusable) Warn($"{notice.Title}: nobody is told by {unusable}.");
            foreach (var sender in senders.Where(s => ledger.Claim(notice, s.Channel))) await SendAsync(sender, notice, cancellationToken);
        }
    }

    private IEnumerable<Notice> Notices(string incident)
    {
        var events = log.Read(incident);
        return Enumerable.Range(1, events.Count)
            .Where(n => events[n - 1].Event is Alarmed or PairsRun or Proposed or Closed)
            .Select(n => Notice.Of(IncidentState.Fold(incident, [.. events.Take(n)])))
            .OfType<Notice>()
            .Where(notice => settings.On.Contains(notice.State));
    }

    private async Task SendAsync(INoticeSender sender, Notice notice, CancellationToken cancellationToken)
    {
        try
        {
            await sender.SendAsync(notice, cancellationToken);
            ledger.Sent(notice, sender.Channel);
        }
        catch (NoticeNotSentException e)
        {
            ledger.GiveBack(notice, sender.Channel);
            Warn($"{notice.Title}: {e.Message} It is sent again when the incident is gone on with.");
        }
    }

    private void Warn(string words)
    {
        if (_warned.Add(words)) warn(words);
    }
}

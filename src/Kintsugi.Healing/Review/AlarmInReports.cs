using System.Globalization;
using System.Text;

namespace Kintsugi.Healing.Review;

/// <summary>An <see cref="AlarmView"/> as a part of both reports.</summary>
internal static class AlarmInReports
{
    private const int MostErrors = 10;
    private const int MostTraces = 3;

    public static string Markdown(IncidentReport report)
    {
        if (report.Alarm is not { } alarm) return "";
        var text = new StringBuilder("\n## What production shows\n\n");
        text.Append(CultureInfo.InvariantCulture, $"Since {Figures.At(alarm.Deployed)} version {Quoted.Span(alarm.Version, 60)} of {Quoted.Span(alarm.Service, 60)} fails more often. {Quoted.Prose(alarm.Proof())}\n\n");
        foreach (var error in alarm.Errors.Take(MostErrors))
        {
            text.Append(CultureInfo.InvariantCulture, $"- {Quoted.Span(error.Words(), 200)}: {error.Count} of {error.Requests} requests, usually {error.UsualCount} of {error.UsualRequests}");
            text.Append(error.Traces.Count == 0 ? "\n" : $"; {string.Join(", ", error.Traces.Take(MostTraces).Select(t => Quoted.Span(t)))}\n");
        }
        return text.Append('\n').Append(Quoted.Prose(alarm.Apart())).Append(Others(report)).Append('\n').ToString();
    }

    public static Markup Html(IncidentReport report) => report.Alarm is not { } alarm ? Markup.None : Markup.Of($"""
        <section><h2>What production shows</h2>
        <p>Since {Figures.At(alarm.Deployed)} version <code>{StrangersText.OneLine(alarm.Version, 60)}</code> of <code>{StrangersText.OneLine(alarm.Service, 60)}</code> fails more often.</p>
        <table>{Markup.Join(alarm.Errors.Take(MostErrors), error => Markup.Of($"""<tr><td class="count">{error.Count} of {error.Requests}</td><td><code>{error.Words()}</code></td><td class="soft">usually {error.UsualCount} of {error.UsualRequests}; {string.Join(", ", error.Traces.Take(MostTraces).Select(t => StrangersText.OneLine(t, 40)))}</td></tr>"""))}</table>
        <p class="soft">{alarm.Proof()} Requests that hit the error, and traces that show it: <code>kintsugi trace show</code>. {alarm.Apart()}{Others(report)}</p>
        </section>
        """);

    private static string Others(IncidentReport report) => report.OtherAlarms == 0 ? "" : $" {report.OtherAlarms} other versions alarmed in this incident: `kintsugi incident show`.";
}

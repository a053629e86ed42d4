using Kintsugi.Healing.Repair;

namespace Kintsugi.Healing.Review;

/// <summary>The pictures of the HTML report, as SVG that takes the width it is given: positions are shares of the width, heights are pixels.</summary>
internal static class HtmlFigures
{
    private const int SamplesPerBand = 30;
    private const int MaxSamples = 1_200;

    /// <summary>Every sample in three rows: on the blessed version, on this one, with the fix. What was broken and holds again has a seam of gold.</summary>
    public static Markup Strip(IReadOnlyList<SampleStrip> samples)
    {
        var shown = samples.Take(MaxSamples).ToList();
        var width = Math.Min(SamplesPerBand, Math.Max(shown.Count, 15));
        var mended = shown.Any(sample => sample.Fixed is not null);
        var bands = Markup.Join(shown.Chunk(SamplesPerBand), band => Markup.Of($"""
            <div class="band">
            {Row("blessed", band, width, sample => (sample.Baseline, false))}
            {Row("this version", band, width, sample => (sample.Head, false))}
            {Markup.When(mended, () => Row("with the fix", band, width, sample => (sample.Fixed ?? "", sample.Head.Contains('0', StringComparison.Ordinal))))}
            </div>
            """));
        var rest = samples.Count - shown.Count;
        return Markup.Of($"""{bands}{Markup.When(rest > 0, () => Markup.Of($"<p class=\"soft\">{rest} more samples are not drawn.</p>"))}""");
    }

    /// <summary>The shapes that <see cref="Strip"/> draws with; once a page.</summary>
    public static Markup Shapes { get; } = Markup.Of($"""
        <svg class="shapes" aria-hidden="true" width="0" height="0">
        <symbol id="seam0" viewBox="0 0 10 20" preserveAspectRatio="none"><path d="M6 0 L4 5 L7 9 L3 14 L5 20"/></symbol>
        <symbol id="seam1" viewBox="0 0 10 20" preserveAspectRatio="none"><path d="M3 0 L6 6 L4 11 L7 15 L6 20 M4 11 L0 13"/></symbol>
        <symbol id="seam2" viewBox="0 0 10 20" preserveAspectRatio="none"><path d="M5 0 L3 4 L6 10 L5 14 L8 20 M6 10 L10 8"/></symbol>
        </svg>
        """);

    /// <summary>Rates with their intervals on one scale.</summary>
    /// <param name="rows">Label, rate, and the style class that colours it; a rate of no runs is left out.</param>
    public static Markup Intervals(IReadOnlyList<(string Label, Rate Rate, string Kind)> rows)
    {
        var known = rows.Where(row => row.Rate.Runs > 0).ToList();
        if (known.Count == 0) return Markup.None;
        var from = Math.Max(0, Math.Floor((known.Min(row => row.Rate.Low) - 0.03) * 10) / 10);
        double At(double share) => 2 + 96 * (share - from) / (1 - from);
        double[] ticks = [from, (from + 1) / 2, 1];
        var grid = Markup.Join(ticks, tick => Markup.Of($"""<line class="grid" x1="{At(tick)}%" x2="{At(tick)}%" y1="0" y2="30"/>"""));
        var lines = Markup.Join(known, row => Markup.Of($"""
            <div class="row"><span class="label">{row.Label}</span>
            <svg height="30" role="img" aria-label="{row.Label}: {Figures.Percent(row.Rate.Value)}, 95 % interval {Figures.Interval(row.Rate)}">{grid}
            <line class="whisker {row.Kind}" x1="{At(row.Rate.Low)}%" x2="{At(row.Rate.High)}%" y1="15" y2="15"/>
            <circle class="dot {row.Kind}" cx="{At(row.Rate.Value)}%" cy="15" r="5.5"/></svg>
            <span class="value"><b>{Figures.Percent(row.Rate.Value)}</b> {Figures.Counts(row.Rate)}</span></div>
            """));
        var scale = Markup.Join(ticks, tick => Markup.Of($"""<text x="{At(tick)}%" y="12" text-anchor="{(tick == 1 ? "end" : tick == from ? "start" : "middle")}">{Figures.Percent(tick)}</text>"""));
        return Markup.Of($"""<div class="plot">{lines}<div class="row"><span class="label"></span><svg class="scale" height="16" aria-hidden="true">{scale}</svg><span class="value"></span></div></div>""");
    }

    /// <summary>What was done when: a bar as long as it took, and its runs and calls.</summary>
    public static Markup TimeLine(IReadOnlyList<TimeLineEntry> entries)
    {
        if (entries.Count == 0) return Markup.None;
        var start = entries.Min(entry => entry.At);
        var whole = Math.Max(0.001, entries.Max(entry => (entry.At + entry.Took - start).TotalSeconds));
        return Markup.Of($"""<div class="plot time">{Markup.Join(entries.Take(200), Entry)}</div>""");

        Markup Entry(TimeLineEntry entry)
        {
            var from = 100 * (entry.At - start).TotalSeconds / whole;
            var wide = Math.Max(0.4, 100 * entry.Took.TotalSeconds / whole);
            var calls = entry.ModelCalls == 0 ? "" : $" · {Figures.Number(entry.ModelCalls)} calls{(entry.Replayed > 0 ? $" ({Figures.Number(entry.Replayed)} replayed)" : "")}";
            return Markup.Of($"""
                <div class="row"><span class="label"><b>{entry.Stage}</b> {entry.What}</span>
                <svg height="30" role="img" aria-label="{Figures.Took(entry.Took)}"><rect class="track" x="0" y="14" width="100%" height="2"/>
                <rect class="bar" x="{Math.Min(from, 99.6)}%" y="10" width="{Math.Min(wide, 100 - Math.Min(from, 99.6))}%" height="10" rx="3"/></svg>
                <span class="value"><b>{Figures.Took(entry.Took)}</b> {(entry.AgentRuns == 0 ? "" : Figures.Number(entry.AgentRuns) + " runs")}{calls}</span></div>
                """);
        }
    }

    private static Markup Row(string label, SampleStrip[] band, int width, Func<SampleStrip, (string Runs, bool WasBroken)> read)
    {
        var step = 100.0 / width;
        var cells = Markup.Join(band.Index(), cell =>
        {
            var (runs, wasBroken) = read(cell.Item);
            var passed = runs.Count(run => run == '1');
            var failed = runs.Count(run => run == '0');
            var x = cell.Index * step;
            var wide = step * 0.84;
            var kind = passed + failed == 0 ? "unknown" : failed == 0 ? "whole" : passed == 0 ? "broken" : "shaken";
            var fallen = passed + failed == 0 ? 0 : 20.0 * failed / (passed + failed);
            var seam = failed > 0 ? "crack" : wasBroken && passed > 0 ? "seam" : "";
            return Markup.Of($"""
                <g><title>{StrangersText.OneLine(cell.Item.SampleId, 80)}, {label}: {passed} passed, {failed} failed</title><rect class="{(kind == "unknown" ? "unknown" : "whole")}" x="{x}%" y="1" width="{wide}%" height="20" rx="2"/>{Markup.When(failed > 0, () => Markup.Of($"""<rect class="broken" x="{x}%" y="{21 - fallen}" width="{wide}%" height="{fallen}" rx="2"/>"""))}{Markup.When(seam.Length > 0, () => Markup.Of($"""<use class="{seam}" href="#seam{cell.Index % 3}" x="{x}%" y="1" width="{wide}%" height="20"/>"""))}</g>
                """);
        });
        return Markup.Of($"""<div class="strip"><span class="label">{label}</span><svg height="22" role="img" aria-label="{label}">{cells}</svg></div>""");
    }
}

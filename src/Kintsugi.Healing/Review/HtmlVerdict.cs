using Kintsugi.Evaluation.Detection;
using Kintsugi.Healing.Repair;

namespace Kintsugi.Healing.Review;

/// <summary>How the verdict came about: the test over all samples between its boundaries, and every slice by itself.</summary>
internal static class HtmlVerdict
{
    private const int MostJudges = 10;
    private const int MostSlices = 40;
    private const int Height = 190;

    /// <summary>Failures against samples, look by look, with what would have shown a rise and what excluded one.</summary>
    public static Markup Path(IReadOnlyList<SequentialLook> looks)
    {
        if (looks.Count == 0) return Markup.None;
        var samples = looks[^1].Samples;
        double most = Math.Max(1, looks.Max(l => l.Failures)) * 1.5 + 2; // a boundary far above says nothing, and would press the path to the ground
        double Across(SequentialLook look) => 100.0 * look.Samples / samples;
        double Up(double failures) => 100 - (100 * Math.Min(failures, most) / most);
        var rise = looks.Where(l => l.RiseAt <= most).Select(l => (Across(l), Up(l.RiseAt - 0.5)));
        var excluded = looks.Where(l => l.ExcludedBelow > 0).Select(l => (Across(l), Up(l.ExcludedBelow - 0.5)));
        var path = looks.Select(l => (Across(l), Up(l.Failures))).Prepend((0, 100));
        return Markup.Of($"""
            <figure><svg height="{Height}" role="img" aria-label="failures after each look, between the boundaries of the test"><svg viewBox="0 0 100 100" preserveAspectRatio="none" width="100%" height="100%">
            <path class="axis" d="M0 0 L0 100 L100 100"/>{Boundary("rise", rise)}{Boundary("excluded", excluded)}{Line("taken", path)}</svg>
            {Markup.Join(looks, l => Markup.Of($"""<circle class="look" cx="{Across(l)}%" cy="{Up(l.Failures)}%" r="4"><title>after {l.Samples} samples: {l.Failures} failures; {l.RiseAt} would show a rise, fewer than {l.ExcludedBelow} exclude it</title></circle>"""))}</svg>
            <figcaption class="soft">Failures of this version on samples that can tell, {(looks.Count == 1 ? $"after all {samples} samples" : $"after each of {looks.Count} looks, the last after {samples} samples")}. <span class="key broken"></span> from here on a rise is shown <span class="key excluded"></span> below this it is excluded</figcaption></figure>
            """);
    }

    public static Markup Slices(IReadOnlyList<SliceVerdict> slices)
    {
        if (slices.Count == 0) return Markup.None;
        var telling = slices.OrderBy(s => s.PValue).ThenBy(s => s.Name, StringComparer.Ordinal).ToList();
        return Markup.Of($"""
            <h3>Slices</h3><table>{Markup.Join(telling.Take(MostSlices), slice => Markup.Of($"""<tr><td class="{(slice.Rose ? "no" : "open")}">{(slice.Rose ? "✗" : "–")}</td><th scope="row">{slice.Name}</th><td>{slice.Samples} samples: {Figures.Percent(slice.BaselineRate)} → {Figures.Percent(slice.CandidateRate)}, {PValue.InWords(slice.PValue)} of a rise{Markup.When(slice.Rose, () => Markup.Of($", which is shown"))}</td></tr>"""))}</table>
            {Markup.When(telling.Count > MostSlices, () => Markup.Of($"<p class=\"soft\">{telling.Count - MostSlices} more show less.</p>"))}
            """);
    }

    /// <summary>What people's labels say of each judge.</summary>
    public static Markup Judges(IReadOnlyList<JudgeView> judges) => Markup.Join(judges.Take(MostJudges), judge => Markup.Of($"""
        <p>{judge.Statement}</p>
        {HtmlFigures.Intervals([.. Rows(judge)])}
        """));

    private static IEnumerable<(string Label, Rate Rate, string Kind)> Rows(JudgeView judge)
    {
        if (judge.Sensitivity is { } passes) yield return ("Passes what people pass", passes, "whole");
        if (judge.Specificity is { } fails) yield return ("Fails what people fail", fails, "whole");
        if (judge.Stability is { } same) yield return ("Votes alike when asked twice", same, "whole");
    }

    /// <summary>A tick at each look, because nothing is decided in between, and a line that leads the eye from one to the next.</summary>
    private static Markup Boundary(string kind, IEnumerable<(double X, double Y)> points)
    {
        var all = points.ToList();
        return Markup.Of($"""{Line(kind, all)}{Markup.Join(all, p => Markup.Of($"""<path class="{kind} tick" d="M{p.X - 1.2} {p.Y} L{p.X + 1.2} {p.Y}"/>"""))}""");
    }

    private static Markup Line(string kind, IEnumerable<(double X, double Y)> points)
    {
        var all = points.ToList();
        return Markup.When(all.Count > 0, () => Markup.Of($"""<path class="{kind}" d="{Markup.Join(all.Index(), p => Markup.Of($"{(p.Index == 0 ? "M" : "L")}{p.Item.X} {p.Item.Y} "))}"/>"""));
    }
}

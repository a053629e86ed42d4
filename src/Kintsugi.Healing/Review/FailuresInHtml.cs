namespace Kintsugi.Healing.Review;

/// <summary>A <see cref="FailureDigest"/> as parts of <see cref="HtmlReport"/>.</summary>
internal static class FailuresInHtml
{
    private const int MostClusters = 20;
    private const int MostSuspects = 5;
    private const int MostNamed = 6;

    public static Markup Clusters(IncidentReport report)
    {
        if (report.Failures is not { Failing: > 0 } failures) return Markup.None;
        var others = failures.Clusters.Skip(MostClusters).ToList();
        return Markup.Of($"""
            <section><h2>What the failures say</h2>
            <table>{Markup.Join(failures.Clusters.Take(MostClusters), cluster => Markup.Of($"""<tr><td class="count">{cluster.Ids.Count} of {failures.Failing}</td><td><code>{cluster.Signature}</code></td><td class="soft">{string.Join(", ", cluster.Ids.Take(MostNamed))}{(cluster.Ids.Count > MostNamed ? ", …" : "")}</td></tr>"""))}</table>
            {Markup.When(others.Count > 0, () => Markup.Of($"<p class=\"soft\">{others.Sum(c => c.Ids.Count)} say something else again, in {others.Count} ways.</p>"))}
            <p class="soft">Visible samples that fail and did not, by the words of their error or of their scorers; what differs from one to the next is masked. Of {failures.HeldOut} held-out samples {failures.HeldOutFailing} fail that did not; what they say is kept back.</p>
            </section>
            """);
    }

    public static Markup Suspects(IncidentReport report) => report.Failures is not { Suspects.Count: > 0 } failures ? Markup.None : Markup.Of($"""
        <h3>Suspect steps</h3><p class="soft">{SuspectStep.Opinion}</p>
        <ol>{Markup.Join(failures.Suspects.Take(MostSuspects), suspect => Markup.Of($"<li>{Figures.Percent(suspect.Probability)}{(suspect.Step is { } step ? $", step {step}" : "")}: <code>{suspect.What}</code></li>"))}</ol>
        """);
}

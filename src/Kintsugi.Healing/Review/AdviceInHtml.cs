namespace Kintsugi.Healing.Review;

/// <summary>An <see cref="Advice"/> as a part of <see cref="HtmlReport"/>.</summary>
internal static class AdviceInHtml
{
    private const int MostLinks = 12;
    private const int MostCited = 10;
    private const int MostBlamed = 20;
    private const int MostSteps = 20;

    public static Markup Section(IncidentReport report) => report.Advice is not { } advice ? Markup.None : Markup.Of($"""
        <section><h2>What a model made of it</h2>
        {(advice.Opinion is null ? Markup.Of($"<p>None was had. {advice.WhyNone}</p>") : Opinion(advice))}
        {Steps(advice)}
        </section>
        """);

    private static Markup Opinion(Advice advice)
    {
        var opinion = advice.Opinion!;
        return Markup.Of($"""
            <p class="soft">{Advice.Standing}</p>
            {Markup.When(opinion.IsDisputed, () => Markup.Of($"<p class=\"warning\">{Advice.Caution(opinion)}</p>"))}
            <p>{opinion.Summary}</p>
            <ul>
            <li>The cause: {Story.Of(opinion.Cause)}, {Figures.Percent(opinion.Confidence)} sure by its own word.{Dispute(advice, "cause")}</li>
            <li>How it fails: {Advice.Of(opinion.Mode)}.{Dispute(advice, "mode")}</li>
            <li>What it would do: {Advice.Of(opinion.Action)}.{Dispute(advice, "action")}</li>
            {Markup.Join(opinion.Blamed.Take(MostBlamed), id => Markup.Of($"<li>It blames {advice.InWords(id)}.{Dispute(advice, id)}</li>"))}
            </ul>
            <ol class="chain">{Markup.Join(opinion.Chain.Take(MostLinks).Index(), link => Markup.Of($"<li>{link.Item.Says} <span class=\"soft\">{string.Join(", ", link.Item.Evidence.Take(MostCited).Select(advice.InWords))}</span>{Dispute(advice, $"link {link.Index + 1}")}</li>"))}</ol>
            """);
    }

    private static Markup Steps(Advice advice) => Markup.When(advice.Steps.Count > 0, () => Markup.Of($"""
        <details><summary>What it did, in {advice.Steps.Count} steps</summary>
        {Markup.Join(advice.Steps.Take(MostSteps), HtmlReport.Step)}
        <p class="soft">Its rules: {advice.Rules}.</p>
        </details>
        """));

    private static Markup Dispute(Advice advice, string statement) =>
        advice.DisputeOf(statement) is { } why ? Markup.Of($" <b class=\"no\">Disputed:</b> {why}") : Markup.None;
}

using System.Globalization;
using System.Text;

namespace Kintsugi.Healing.Review;

/// <summary>An <see cref="Advice"/> as parts of <see cref="MarkdownReport"/>.</summary>
internal static class AdviceInMarkdown
{
    private const int MostLinks = 12;
    private const int MostCited = 10;
    private const int MostBlamed = 12;
    private const int MostSteps = 20;

    public static string Opinion(IncidentReport report)
    {
        if (report.Advice is not { } advice) return "";
        var text = new StringBuilder("\n## What a model made of it\n\n");
        if (advice.Opinion is not { } opinion) return text.Append("None was had. ").Append(Quoted.Prose(advice.WhyNone ?? "", 400)).Append('\n').ToString();
        text.Append(Advice.Standing).Append("\n\n").Append(opinion.IsDisputed ? Advice.Caution(opinion) + "\n\n" : "").Append(Quoted.Prose(opinion.Summary, 1_500)).Append("\n\n");
        text.Append(CultureInfo.InvariantCulture, $"- The cause: {Story.Of(opinion.Cause)}, {Figures.Percent(opinion.Confidence)} sure by its own word.{Dispute(advice, "cause")}\n");
        text.Append(CultureInfo.InvariantCulture, $"- How it fails: {Advice.Of(opinion.Mode)}.{Dispute(advice, "mode")}\n");
        text.Append(CultureInfo.InvariantCulture, $"- What it would do: {Advice.Of(opinion.Action)}.{Dispute(advice, "action")}\n");
        foreach (var blamed in opinion.Blamed.Take(MostBlamed)) text.Append("- It blames ").Append(Quoted.Span(advice.InWords(blamed), 200)).Append('.').Append(Dispute(advice, blamed)).Append('\n');
        text.Append("\nFrom the change to what fails, as it sees it:\n\n");
        foreach (var (i, link) in opinion.Chain.Take(MostLinks).Index())
        {
            var cited = string.Join(", ", link.Evidence.Take(MostCited).Select(id => Quoted.Span(id, 60)));
            text.Append(CultureInfo.InvariantCulture, $"{i + 1}. {Quoted.Prose(link.Says)} ({cited}){Dispute(advice, $"link {i + 1}")}\n");
        }
        return text.ToString();
    }

    /// <summary>What was cited and what was done, for whoever wants to know.</summary>
    public static string Details(IncidentReport report)
    {
        if (report.Advice is not { } advice || (advice.Cited.Count == 0 && advice.Steps.Count == 0)) return "";
        var text = new StringBuilder();
        foreach (var item in advice.Cited.Take(2 * MostLinks)) text.Append("- ").Append(Quoted.Span(item.Id, 60)).Append(' ').Append(Quoted.Prose(item.Says, 200)).Append('\n');
        text.Append("\nWhat it did:\n\n");
        foreach (var step in advice.Steps.Take(MostSteps))
            text.Append("- ").Append(Quoted.Span(step.Tool, 40)).Append(' ').Append(Quoted.Prose(step.Asked.Length > 0 ? step.Asked : step.Answered, 160)).Append('\n');
        if (advice.Steps.Count > MostSteps) text.Append(CultureInfo.InvariantCulture, $"- and {advice.Steps.Count - MostSteps} steps more\n");
        return text.Append("- Its rules: ").Append(Quoted.Prose(advice.Rules, 100)).Append('\n').ToString();
    }

    private static string Dispute(Advice advice, string statement) => advice.DisputeOf(statement) is { } why ? $" **Disputed:** {Quoted.Prose(why, 300)}" : "";
}

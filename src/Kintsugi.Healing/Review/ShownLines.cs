using Markdig;
using Markdig.Syntax;
using Markdig.Syntax.Inlines;

namespace Kintsugi.Healing.Review;

/// <summary>A line of a remark as a forge shows it.</summary>
/// <param name="IsQuoted">Whether it is code, or stands beside something hidden: nothing in it is meant as an order.</param>
internal sealed record ShownLine(string Text, bool IsQuoted);

/// <summary>Parts what a remark says from what it quotes as code, and leaves out what nobody is shown.</summary>
/// <remarks>A fence that is never closed goes to the end: an order that is missed can be given again.</remarks>
internal static class ShownLines
{
    private static readonly MarkdownPipeline Pipeline = new MarkdownPipelineBuilder().UsePreciseSourceLocation().Build();

    public static IReadOnlyList<ShownLine> Of(string body)
    {
        var text = body.ReplaceLineEndings("\n");
        var (quoted, hidden) = Spans(text);
        List<ShownLine> lines = [];
        var start = 0;
        foreach (var line in text.Split('\n'))
        {
            var end = start + line.Length;
            var comments = hidden.Where(span => span.Start < end && span.End >= start).ToList();
            var shown = comments.Count == 0 ? line : string.Concat(line.Where((_, i) => !comments.Exists(span => span.Start <= start + i && span.End >= start + i)));
            if (shown.Length > 0 || line.Length == 0)
                lines.Add(new ShownLine(shown, comments.Exists(span => string.IsNullOrWhiteSpace(text[start..Math.Max(start, span.Start)])) || quoted.Exists(span => span.Start <= end && span.End >= start)));
            start = end + 1;
        }
        return lines;
    }

    private static (List<SourceSpan> Quoted, List<SourceSpan> Hidden) Spans(string text)
    {
        try
        {
            var parts = Markdown.Parse(text, Pipeline).Descendants().ToList();
            return (
                [.. parts.Where(part => part is CodeBlock or HtmlBlock { Type: HtmlBlockType.ScriptPreOrStyle }).Select(part => part is FencedCodeBlock { ClosingFencedCharCount: 0 } open ? new SourceSpan(open.Span.Start, text.Length) : part.Span)],
                [.. parts.Where(part => part is HtmlBlock { Type: HtmlBlockType.Comment } || (part is HtmlInline { Tag: { } tag } && tag.StartsWith("<!--", StringComparison.Ordinal))).Select(part => part.Span)]);
        }
        catch (ArgumentException)
        {
            return ([new SourceSpan(0, text.Length)], []); // nested more deeply than anybody can read: no order
        }
    }
}

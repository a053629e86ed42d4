using System.Globalization;
using System.Net;
using System.Runtime.CompilerServices;
using System.Text;

namespace Kintsugi.Healing.Review;

/// <summary>HTML in which every word that is not ours has been encoded. There is no way to make it from a string without encoding it.</summary>
public sealed class Markup
{
    public static readonly Markup None = new("");

    private readonly string _html;

    private Markup(string html) => _html = html;

    public bool IsNone => _html.Length == 0;

    /// <summary>The literal parts of an interpolated string as they are, its holes encoded.</summary>
    public static Markup Of(ref MarkupText text) => new(text.Written);

    /// <summary>Several lines, for `pre`: encoded, cut as told, line breaks kept.</summary>
    public static Markup Block(string text, int maxLines = 200, int maxCharacters = 20_000) =>
        new(WebUtility.HtmlEncode(StrangersText.Block(text, maxLines, maxCharacters)));

    public static Markup Join(IEnumerable<Markup> parts) => new(string.Concat(parts.Select(part => part._html)));

    public static Markup Join<T>(IEnumerable<T> items, Func<T, Markup> render) => Join(items.Select(render));

    /// <summary>This when there is something to show, else nothing.</summary>
    public static Markup When(bool shown, Func<Markup> render) => shown ? render() : None;

    public override string ToString() => _html;
}

/// <summary>Writes an interpolated string as HTML: text and numbers in its holes are encoded, <see cref="Markup"/> goes in as it is.</summary>
[InterpolatedStringHandler]
public readonly ref struct MarkupText
{
    private const int MaxText = 1_000; // a hole is a line; longer text goes through Markup.Block

    private readonly StringBuilder _html;

    public MarkupText(int literalLength, int formattedCount) => _html = new StringBuilder(literalLength + 32 * formattedCount);

    internal string Written => _html.ToString();

    public void AppendLiteral(string literal) => _html.Append(literal);

    public void AppendFormatted(string? text) => _html.Append(WebUtility.HtmlEncode(StrangersText.OneLine(text ?? "", MaxText)));

    public void AppendFormatted(Markup markup) => _html.Append(markup);

    public void AppendFormatted(long number) => _html.Append(number.ToString(CultureInfo.InvariantCulture));

    /// <summary>As a coordinate: two digits after the point.</summary>
    public void AppendFormatted(double number) => _html.Append(number.ToString("0.##", CultureInfo.InvariantCulture));
}

using System.Text;

namespace Kintsugi.Evaluation.Running.Protocols;

/// <summary>A stranger's words, cut and without control characters but tab and newline: they will stand in terminals, reports and prompts.</summary>
internal static class Excerpt
{
    /// <summary>The beginning, at most <paramref name="longest"/> characters and an ellipsis.</summary>
    public static string Of(ReadOnlySpan<char> text, int longest)
    {
        var cut = text.Length > longest ? text[..longest] : text;
        if (cut.IndexOfAnyExceptInRange(' ', '~') < 0 && cut.Length == text.Length) return text.ToString();
        var kept = new StringBuilder(cut.Length + 1);
        for (var i = 0; i < cut.Length; i++)
        {
            var c = cut[i];
            if (char.IsHighSurrogate(c) && i + 1 < cut.Length && char.IsLowSurrogate(cut[i + 1])) kept.Append(c).Append(cut[++i]);
            else if (char.IsSurrogate(c)) kept.Append('\uFFFD');
            else if (c is '\t' or '\n' || !char.IsControl(c)) kept.Append(c);
        }
        if (cut.Length < text.Length) kept.Append('…');
        return kept.ToString();
    }

    /// <summary>The last lines, at most <paramref name="longest"/> characters.</summary>
    public static string EndOf(string text, int longest)
    {
        var trimmed = text.AsSpan().TrimEnd();
        return trimmed.Length <= longest ? Of(trimmed, longest) : "…" + Of(trimmed[^longest..], longest);
    }
}

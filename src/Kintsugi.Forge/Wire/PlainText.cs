using System.Text;

namespace Kintsugi.Forge.Wire;

/// <summary>Strangers' words, bounded.</summary>
internal static class PlainText
{
    /// <summary>On one line, without control characters.</summary>
    public static string Line(string text, int most)
    {
        var line = new StringBuilder();
        foreach (var rune in text.EnumerateRunes())
        {
            if (line.Length >= most) return line.Append('…').ToString();
            if (!Rune.IsControl(rune)) line.Append(rune);
            else if (line.Length > 0 && line[^1] != ' ') line.Append(' ');
        }
        return line.ToString().Trim();
    }

    public static string Start(string text, int most) => text.Length <= most ? text : text[..(char.IsHighSurrogate(text[most - 1]) ? most - 1 : most)];

    public static string End(string text, int most) => text.Length <= most ? text : text[^(char.IsLowSurrogate(text[^most]) ? most - 1 : most)..];
}

using System.Text;

namespace Kintsugi.Evaluation;

/// <summary>A stranger's words made fit for one line of a message: short, and without control characters.</summary>
internal static class Shown
{
    private const int Longest = 80;

    public static string Word(string text)
    {
        var shown = new StringBuilder(Math.Min(text.Length, Longest) + 1);
        foreach (var c in text.Length > Longest ? text[..Longest] : text)
            shown.Append(char.IsControl(c) || char.IsSurrogate(c) || c is '\u2028' or '\u2029' ? '\uFFFD' : c);
        if (text.Length > Longest) shown.Append('…');
        return shown.ToString();
    }
}

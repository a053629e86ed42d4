using System.Text;

namespace Kintsugi.Storage;

/// <summary>A stranger's words made fit for one line of a message: short, and without control characters.</summary>
public static class Shown
{
    /// <param name="longest">In characters; what is beyond is cut.</param>
    public static string Word(string text, int longest = 80)
    {
        var shown = new StringBuilder(Math.Min(text.Length, longest) + 1);
        foreach (var c in text.AsSpan(0, Math.Min(text.Length, longest)))
            shown.Append(char.IsControl(c) || char.IsSurrogate(c) || c is '\u2028' or '\u2029' ? '\uFFFD' : c);
        if (text.Length > longest) shown.Append('…');
        return shown.ToString();
    }
}

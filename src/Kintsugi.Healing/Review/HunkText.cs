using System.Text;
using Kintsugi.Healing.Triage;

namespace Kintsugi.Healing.Review;

/// <summary>Hunks of a change as a diff that people read; it is not meant to be applied.</summary>
public static class HunkText
{
    private const int Enough = 20_000; // characters; whoever shows it cuts sooner

    /// <returns>One file header a file, then its hunks: `-` is what the base has, `+` is what head has.</returns>
    public static string Diff(IReadOnlyList<HunkView> hunks)
    {
        var text = new StringBuilder();
        string? file = null;
        foreach (var hunk in hunks)
        {
            if (text.Length > Enough) break;
            if (hunk.File != file)
            {
                file = hunk.File;
                text.Append("--- ").Append(StrangersText.OneLine(file, 200)).Append('\n');
            }
            text.Append(StrangersText.OneLine(hunk.Header, 200)).Append('\n');
            Append('-', hunk.Removed);
            Append('+', hunk.Added);
        }
        return text.ToString();

        void Append(char sign, IReadOnlyList<string> lines)
        {
            foreach (var line in lines.TakeWhile(_ => text.Length <= Enough)) text.Append(sign).Append(StrangersText.CodeLine(line, 400)).Append('\n');
        }
    }
}

using System.Globalization;
using System.Text;
using Kintsugi.Healing.Repair;
using Kintsugi.Healing.Review;

namespace Kintsugi.Healing.Incidents.Steps;

/// <summary>Reads files of a version for a model. Golden data and what kintsugi keeps are unknown here, like files that do not exist.</summary>
internal sealed class ShownFiles(CandidateFiles files)
{
    private const int MostLines = 400;

    /// <summary>Lines of a file, each with its number.</summary>
    /// <param name="from">From 1.</param>
    /// <param name="lines">At most 400 are shown.</param>
    /// <exception cref="ToolMistakeException">There is no such file or line, or it is no text.</exception>
    public async Task<string> ReadAsync(string path, int from, int lines, CancellationToken cancellationToken)
    {
        var all = (await TextAsync(path, cancellationToken)).Split('\n');
        if (from < 1 || from > all.Length) throw new ToolMistakeException($"{path} has the lines 1 to {all.Length}.");
        var count = Math.Clamp(lines, 1, MostLines);
        var shown = all.Skip(from - 1).Take(count).Select((line, i) => string.Create(CultureInfo.InvariantCulture, $"{from + i}\t{line}"));
        return string.Join('\n', shown) + (from - 1 + count < all.Length ? $"\n({all.Length} lines in all)" : "");
    }

    /// <exception cref="ToolMistakeException">There is no such file, or it is no text.</exception>
    public async Task<string> TextAsync(string path, CancellationToken cancellationToken)
    {
        if (await files.ReadAsync(path, cancellationToken) is not { } content) throw new ToolMistakeException($"There is no file '{StrangersText.OneLine(path, 200)}'. Paths are from the repository's top.");
        if (content.Length > CandidateFiles.LargestFile || !System.Text.Unicode.Utf8.IsValid(content.Span)) throw new ToolMistakeException($"{path} is no text, or larger than {CandidateFiles.LargestFile} bytes.");
        return Encoding.UTF8.GetString(content.Span);
    }
}

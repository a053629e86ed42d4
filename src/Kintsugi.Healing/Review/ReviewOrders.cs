using Kintsugi.Forge;

namespace Kintsugi.Healing.Review;

/// <summary>What people write under a pull request, as what they want of us.</summary>
public static class ReviewOrders
{
    /// <summary>How a line begins that is meant for us.</summary>
    public const string Call = "/kintsugi";

    /// <summary>What can be asked, for whoever asked something else.</summary>
    public static readonly IReadOnlyList<(string Order, string Does)> All =
    [
        ("retry WORDS", "makes another attempt, with your words in view of whoever writes it"),
        ("explain", "writes down all that is known of the cause"),
        ("rollback", "makes an attempt that takes back all that changed since the blessed version"),
        ("quarantine SAMPLE", "looks again without that golden sample"),
        ("ignore", "closes this; it is not asked again"),
    ];

    private const int LongestWords = 4_000;

    /// <returns>Null where nothing is asked of us. Whether its author may ask is another question.</returns>
    public static ReviewRequest? Of(Remark remark)
    {
        if (remark.Key is not null) return null; // we wrote it
        var lines = remark.Body.ReplaceLineEndings("\n").Split('\n');
        var at = Array.FindIndex(lines, line => IsCall(line.TrimEnd()));
        if (at < 0) return remark.Kind == RemarkKind.WantsChanges ? Request(remark, RequestKind.Retry, remark.Body) : null;
        var words = lines[at].Trim().Split((char[]?)null, 3, StringSplitOptions.RemoveEmptyEntries);
        var rest = string.Join('\n', [words.ElementAtOrDefault(2) ?? "", .. lines.Skip(at + 1).TakeWhile(line => !IsCall(line.TrimEnd()))]).Trim();
        return words.ElementAtOrDefault(1)?.ToLowerInvariant() switch
        {
            "retry" => Request(remark, RequestKind.Retry, rest),
            "explain" => Request(remark, RequestKind.Explain, ""),
            "rollback" => Request(remark, RequestKind.RollBack, ""),
            "ignore" => Request(remark, RequestKind.Ignore, ""),
            "quarantine" when words.Length == 3 => Request(remark, RequestKind.Quarantine, words[2].Trim()),
            _ => Request(remark, RequestKind.Unknown, lines[at].Trim()),
        };
    }

    /// <returns>Markdown, an order a line.</returns>
    public static string List() => string.Concat(All.Select(o => $"- `{Call} {o.Order}` {o.Does}\n"));

    private static bool IsCall(string line) => line == Call || line.StartsWith(Call + " ", StringComparison.Ordinal);

    private static ReviewRequest Request(Remark remark, RequestKind kind, string words) =>
        new(remark.Id, StrangersText.OneLine(remark.Author, 100), kind, StrangersText.Block(words, 200, LongestWords));
}

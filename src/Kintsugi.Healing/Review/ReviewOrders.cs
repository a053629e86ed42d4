using System.Globalization;
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

    /// <summary>A call begins its line, as Markdown has it: four spaces more are code.</summary>
    private const int MostSpaces = 3;

    /// <summary>Requests of one remark; what is more is not read.</summary>
    private const int MostRequests = 5;

    /// <summary>What a remark asks for, in its order; before it all the words of a review that wants changes. Whether its author may ask is another question.</summary>
    /// <returns>The first has the remark's id as its source (`comment:17`), the others `comment:17.2` and so on.</returns>
    public static IReadOnlyList<ReviewRequest> Of(Remark remark)
    {
        if (remark.Key is not null) return []; // we wrote it
        var lines = ShownLines.Of(remark.Body);
        List<(RequestKind Kind, string Words)> asked = [];
        List<string> beside = [];
        var says = false; // more than what leads to an order, such as the place of a review's comment
        for (var i = 0; i < lines.Count; i++)
        {
            if (IsCall(lines[i]))
            {
                var following = lines.Skip(i + 1).TakeWhile(line => !IsCall(line)).Select(line => line.Text).ToList();
                asked.Add(Order(lines[i].Text, following, out var taken));
                i += taken;
                continue;
            }
            beside.Add(lines[i].Text);
            says |= !string.IsNullOrWhiteSpace(lines[i].Text) && !(lines[i].Text.EndsWith(':') && i + 1 < lines.Count && IsCall(lines[i + 1]));
        }
        if (remark.Kind == RemarkKind.WantsChanges && (says || asked.Count == 0)) asked.Insert(0, (RequestKind.Retry, string.Join('\n', beside).Trim()));
        return [.. asked.Take(MostRequests).Select((order, index) => Request(remark, index, order.Kind, order.Words))];
    }

    /// <param name="taken">How many of the following lines are its words.</param>
    private static (RequestKind Kind, string Words) Order(string line, List<string> following, out int taken)
    {
        var words = line.Trim().Split((char[]?)null, 3, StringSplitOptions.RemoveEmptyEntries);
        var order = words.ElementAtOrDefault(1)?.ToLowerInvariant();
        taken = order == "retry" ? following.Count : 0;
        return order switch
        {
            "retry" => (RequestKind.Retry, string.Join('\n', [words.ElementAtOrDefault(2) ?? "", .. following]).Trim()),
            "explain" => (RequestKind.Explain, ""),
            "rollback" => (RequestKind.RollBack, ""),
            "ignore" => (RequestKind.Ignore, ""),
            "quarantine" when words.Length == 3 => (RequestKind.Quarantine, words[2].Trim()),
            _ => (RequestKind.Unknown, line.Trim()),
        };
    }

    /// <returns>Markdown, an order a line.</returns>
    public static string List() => string.Concat(All.Select(o => $"- `{Call} {o.Order}` {o.Does}\n"));

    private static bool IsCall(ShownLine line)
    {
        if (line.IsQuoted) return false;
        var call = line.Text.TrimStart(' ');
        return line.Text.Length - call.Length <= MostSpaces && call.StartsWith(Call, StringComparison.OrdinalIgnoreCase) && (call.Length == Call.Length || char.IsWhiteSpace(call[Call.Length]));
    }

    private static ReviewRequest Request(Remark remark, int index, RequestKind kind, string words) => new(
        index == 0 ? remark.Id : string.Create(CultureInfo.InvariantCulture, $"{remark.Id}.{index + 1}"),
        StrangersText.OneLine(remark.Author, 100), kind, StrangersText.Block(words, 200, LongestWords));
}

using System.Text.Json;
using System.Text.Json.Serialization;
using Kintsugi.Storage;

namespace Kintsugi.Evaluation.Judges;

/// <summary>One labelled item, and every vote on it when the card was made.</summary>
/// <param name="Hash">Of input, target and output: an item that has changed is another.</param>
/// <param name="Passed">What people say.</param>
/// <param name="Given">A text for each model, of a letter for each run: `y` yes, `n` no, `-` abstained.</param>
/// <param name="Swapped">Likewise with the two answers of a pair exchanged; empty where single answers are judged.</param>
public sealed record JudgedItem(string Id, string Hash, bool Passed, IReadOnlyList<string> Given, IReadOnlyList<string> Swapped)
{
    public static char Letter(Vote vote) => vote switch { Vote.Yes => 'y', Vote.No => 'n', _ => '-' };

    public static Vote VoteOf(char letter) => letter switch { 'y' => Vote.Yes, 'n' => Vote.No, _ => Vote.Abstained };

    /// <summary>The vote of a model in its first run; of a pair only where both orders agree.</summary>
    public Vote First(int model) => Swapped.Count == 0 ? VoteOf(Given[model][0]) : BothOrders.Vote(VoteOf(Given[model][0]), VoteOf(Swapped[model][0]));
}

/// <summary>A re-run of the frozen items, see <see cref="JudgeDrift"/>.</summary>
/// <param name="Day">UTC.</param>
/// <param name="Items">That were judged again.</param>
/// <param name="Changed">Votes among them that differ.</param>
public sealed record JudgeRerun(DateOnly Day, int Items, int Changed, double Correctness, double Leniency, double Unrest, double Error)
{
    [JsonIgnore]
    public JudgeDrift Drift => new(Correctness, Leniency, Unrest, Error);
}

/// <summary>What a card was made of, beside it as `.kintsugi/judges/*.items.json`: weighs a panel, corrects rates, and is judged again to see drift. It holds no texts.</summary>
/// <param name="Schema">1.</param>
/// <param name="Judge">See <see cref="JudgeIdentity"/>.</param>
/// <param name="Models">One, or the members of a panel, in the order of the votes.</param>
/// <param name="Reruns">How often the items were judged again since.</param>
/// <param name="LastRerun">The last of them, or the one that found drift: a judge that has drifted stays so until it is calibrated.</param>
public sealed record JudgedItems(int Schema, string Judge, IReadOnlyList<string> Models, IReadOnlyList<JudgedItem> Items, int Reruns, JudgeRerun? LastRerun)
{
    public const int CurrentSchema = 1;
    public const int LargestBytes = 16 << 20;
    private const int MostRuns = 100;

    /// <summary>Beside the card.</summary>
    public static string RelativePath(string judge) => Path.ChangeExtension(JudgeCard.RelativePath(judge), ".items.json");

    /// <exception cref="BadFileException">It cannot be used; the message says why.</exception>
    public static JudgedItems Parse(ReadOnlySpan<byte> bytes, string fileName)
    {
        BadFileException Bad(int? line, string problem) => new(fileName, line, $"{problem}. Restore the file from git, or calibrate the judge again.");
        try
        {
            var read = JsonSerializer.Deserialize(bytes, JudgedItemsJson.Default.JudgedItems) ?? throw Bad(null, "these are no judged items");
            return read.Problem() is { } problem ? throw Bad(null, problem) : read;
        }
        catch (JsonException e)
        {
            throw Bad((int?)e.LineNumber + 1, "this is not JSON, or a key is unknown, missing or of the wrong kind");
        }
    }

    public string Write() => JsonSerializer.Serialize(this, JudgedItemsJson.Default.JudgedItems) + "\n";

    /// <summary>The weights of a panel; null where one model judges alone.</summary>
    public JudgePanel? Panel() => Models.Count < 2 ? null : PanelCalibration.OfAnswers([.. Items.Select(Votes)]);

    /// <summary>An item as a panel sees it.</summary>
    public LabelledVotes Votes(JudgedItem item) => new(item.Passed, "", [.. Enumerable.Range(0, Models.Count).Select(item.First)]);

    /// <summary>What this re-run may err by, so that all re-runs of one card together call an unchanged judge drifted with a probability of at most 5 %: 0.05/(k(k + 1)) of the k-th sums to 0.05.</summary>
    public double NextError => Estimate.Error / ((Reruns + 1.0) * (Reruns + 2));

    private string? Problem()
    {
        if (Schema != CurrentSchema) return $"these are no judged items of version {CurrentSchema}";
        if (!JudgeIdentity.IsOne(Judge)) return "`judge` is no identity of 64 lower-case hex digits";
        if (Models.Count == 0 || Items.Count == 0 || Reruns < 0) return "models or items are missing";
        if (LastRerun is { } rerun && !(rerun.Correctness is >= 0 and <= 1 && rerun.Leniency is >= 0 and <= 1 && rerun.Unrest is >= 0 and <= 1 && rerun.Error is > 0 and < 1))
            return "`last_rerun` has a p-value outside [0, 1]";
        if (Items.GroupBy(i => i.Id, StringComparer.Ordinal).FirstOrDefault(g => g.Count() > 1) is { } twice) return $"the item '{Shown.Word(twice.Key)}' is there twice";
        return Items.FirstOrDefault(i => !IsWhole(i)) is { } item ? $"the votes on item '{Shown.Word(item.Id)}' are not those of {Models.Count} models" : null;
    }

    private bool IsWhole(JudgedItem item) =>
        item.Given.Count == Models.Count && (item.Swapped.Count == 0 || item.Swapped.Count == Models.Count) && item.Swapped.Count > 0 == Items[0].Swapped.Count > 0
        && item.Given.Concat(item.Swapped).All(votes => votes is { Length: > 0 and <= MostRuns } && votes.All(c => c is 'y' or 'n' or '-'));
}

[JsonSourceGenerationOptions(
    WriteIndented = true, NewLine = "\n", PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, MaxDepth = 8, AllowDuplicateProperties = false, IgnoreReadOnlyProperties = true,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow, RespectNullableAnnotations = true, RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(JudgedItems))]
internal sealed partial class JudgedItemsJson : JsonSerializerContext;

using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Kintsugi.Storage;

namespace Kintsugi.Evaluation.Judges;

/// <summary>What is known of a judge as an instrument: `.kintsugi/judges/*.json`, committed, so that a review sees it change.</summary>
/// <param name="Schema">1. It changes with the formula of any figure.</param>
/// <param name="Judge">The identity that the card is bound to, see <see cref="JudgeIdentity"/>.</param>
/// <param name="Model">For people.</param>
/// <param name="CalibratedOn">UTC.</param>
/// <param name="Pairwise">It compares two answers, in both orders.</param>
/// <param name="Whole">Against all labels.</param>
/// <param name="OrderConsistency">Pairs on which it gave the same readable verdict in both orders.</param>
/// <param name="RepetitionStability">Items on which two runs of the same request gave the same vote.</param>
/// <param name="Slices">By tag of the labelled items.</param>
public sealed record JudgeCard(
    int Schema, string Judge, string Model, DateOnly CalibratedOn, bool Pairwise, Confusion Whole,
    Proportion OrderConsistency, Proportion RepetitionStability, IReadOnlyDictionary<string, Confusion> Slices)
{
    public const int CurrentSchema = 1;
    public const int LargestBytes = 1 << 20;
    private const int MostOfOneKind = 1_000_000;
    private const int MostSlices = 1000;
    private const int LongestWord = 200;

    /// <summary>Where the card of a judge lies. Only hex digits of a hash enter the name.</summary>
    /// <exception cref="ArgumentException">That is no identity.</exception>
    public static string RelativePath(string judge) => JudgeIdentity.IsOne(judge)
        ? $".kintsugi/judges/{judge[..16]}.json"
        : throw new ArgumentException("A judge's identity is 64 lower-case hex digits.", nameof(judge));

    /// <summary>Reads a card that somebody else may have written: bounded, nothing unknown in it, and every figure recomputed from its counts.</summary>
    /// <exception cref="BadFileException">It cannot be used; the message says why.</exception>
    public static JudgeCard Parse(ReadOnlySpan<byte> bytes, string fileName)
    {
        if (bytes.Length > LargestBytes) throw Bad(null, $"the file has {bytes.Length} bytes, a judge's card at most {LargestBytes}");
        try
        {
            var card = JsonSerializer.Deserialize(bytes, JudgeCardJson.Default.JudgeCard) ?? throw Bad(null, "this is no judge's card");
            if (card.Problem() is { } problem) throw Bad(null, problem);

            // People decide by the figures, the gate by the counts. A card that shows one thing and counts another is refused.
            // As text but for white space: comparing numbers by value throws on an exponent of twelve digits.
            return JsonNode.Parse(bytes)!.ToJsonString() == JsonNode.Parse(card.Write())!.ToJsonString()
                ? card
                : throw Bad(null, "its figures do not follow from its counts");
        }
        catch (JsonException e)
        {
            throw Bad((int?)e.LineNumber + 1, e.Path is null or "$" ? "this is not JSON, or no judge's card" : $"the value at {Shown.Word(e.Path)} is unknown, missing or of the wrong kind");
        }

        BadFileException Bad(int? line, string problem) =>
            new(fileName, line, $"{problem}. Restore the file from git, or calibrate the judge again.");
    }

    /// <summary>Counts, and the figures that follow from them to four decimals; slices in order, so that a diff shows what changed.</summary>
    public string Write() => JsonSerializer.Serialize(
        this with { Slices = new SortedDictionary<string, Confusion>(Slices.ToDictionary(), StringComparer.Ordinal) }, JudgeCardJson.Default.JudgeCard) + "\n";

    /// <returns>Why no such card is written or read; null for one that is.</returns>
    internal string? Problem()
    {
        if (Schema != CurrentSchema) return $"this is no judge's card of version {CurrentSchema}";
        if (!JudgeIdentity.IsOne(Judge)) return "`judge` is no identity of 64 lower-case hex digits";
        if (!IsWord(Model)) return $"`model` is empty, longer than {LongestWord} characters or has control characters";
        if (Slices.Count > MostSlices) return $"it has more than {MostSlices} slices";
        if (Slices.Keys.FirstOrDefault(name => !IsWord(name)) is { } name) return $"the slice '{Shown.Word(name)}' has no usable name";
        if (!Fits(Whole, new Confusion(MostOfOneKind, MostOfOneKind, MostOfOneKind, MostOfOneKind, MostOfOneKind)))
            return $"a count of `whole` is not within 0 and {MostOfOneKind}";
        if (Slices.FirstOrDefault(slice => slice.Value is null || !Fits(slice.Value, Whole)).Key is { } slice) return $"a count of slice '{slice}' is not within 0 and that of `whole`";
        if (!Fits(OrderConsistency) || !Fits(RepetitionStability)) return "a proportion is not within 0 and the labels";
        return OrderConsistency.Of != (Pairwise ? Whole.Labels : 0) ? "`order_consistency` is not of all pairs" : null;
    }

    private bool Fits(Proportion part) => part.Count >= 0 && part.Count <= part.Of && part.Of <= Whole.Labels;

    private static bool Fits(Confusion part, Confusion whole) =>
        Within(part.TruePasses, whole.TruePasses) && Within(part.FalseFails, whole.FalseFails) && Within(part.FalsePasses, whole.FalsePasses)
        && Within(part.TrueFails, whole.TrueFails) && Within(part.Abstained, whole.Abstained);

    private static bool Within(int count, int most) => count >= 0 && count <= most;

    // A surrogate without its other half comes as the replacement character.
    private static bool IsWord(string text) => text.Length is > 0 and <= LongestWord
        && !text.EnumerateRunes().Any(rune => Rune.IsControl(rune) || rune == Rune.ReplacementChar || rune.Value is 0x2028 or 0x2029);
}

[JsonSourceGenerationOptions(
    WriteIndented = true, NewLine = "\n", PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, MaxDepth = 8, AllowDuplicateProperties = false,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow, RespectNullableAnnotations = true, RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(JudgeCard))]
internal sealed partial class JudgeCardJson : JsonSerializerContext;

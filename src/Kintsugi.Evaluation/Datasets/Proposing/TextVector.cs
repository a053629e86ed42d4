using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;

namespace Kintsugi.Evaluation.Datasets.Proposing;

/// <summary>What a text is made of: words, pairs of words and runs of four letters, hashed; of length 1, or without any entry.</summary>
/// <param name="Indexes">Rising, below <see cref="Dimensions"/>.</param>
/// <remarks>Weighed by TF-IDF (Salton and Buckley 1988, Inf. Process. Manag. 24, 513–523) over the texts at hand, so that a prompt that all of them share weighs next to nothing.</remarks>
internal sealed record TextVector(int[] Indexes, float[] Weights)
{
    public const int Dimensions = 1 << 18;

    /// <summary>Of a text, in characters: what is beyond says little of what it is about.</summary>
    private const int LongestRead = 16_384;

    private const int LettersOfRun = 4;
    private const int DigitsOfNoise = 10; // a time stamp, a telephone number
    private const int ShortestMixedId = 8;

    /// <summary>Of an input: its keys and its values, in the order in which they stand.</summary>
    public static IReadOnlyList<TextVector> Of(IReadOnlyList<JsonElement> values)
    {
        var counts = values.Select(v => Features(Words(v))).ToList();
        var containing = new Dictionary<int, int>();
        foreach (var count in counts)
            foreach (var feature in count.Keys) CollectionsMarshal.GetValueRefOrAddDefault(containing, feature, out _)++;
        return [.. counts.Select(c => Weigh(c, containing, counts.Count))];
    }

    /// <summary>Cosines of one with many: the one is laid out once.</summary>
    /// <param name="room">Of <see cref="Dimensions"/> zeros, and zeros again afterwards.</param>
    public void Compare(float[] room, IReadOnlyList<TextVector> others, Action<int, float> found)
    {
        for (var i = 0; i < Indexes.Length; i++) room[Indexes[i]] = Weights[i];
        for (var other = 0; other < others.Count; other++) found(other, others[other].Dot(room));
        foreach (var index in Indexes) room[index] = 0;
    }

    public float Dot(float[] room)
    {
        var sum = 0f;
        for (var i = 0; i < Indexes.Length; i++) sum += Weights[i] * room[Indexes[i]];
        return sum;
    }

    private static TextVector Weigh(Dictionary<int, float> counts, Dictionary<int, int> containing, int texts)
    {
        int[] indexes = [.. counts.Keys.Order()];
        var weights = Array.ConvertAll(indexes, i => counts[i] * MathF.Log((texts + 1) / (containing[i] + 0.5f)));
        var length = MathF.Sqrt(weights.Sum(w => w * w));
        return new TextVector(indexes, Array.ConvertAll(weights, w => w / length));
    }

    /// <summary>By feature, 1 + ln of how often it occurs; less for a number, which differs between requests that are alike.</summary>
    private static Dictionary<int, float> Features(List<string> words)
    {
        var counts = new Dictionary<int, float>();
        var last = "";
        foreach (var word in words)
        {
            var isNumber = char.IsAsciiDigit(word[0]);
            Add("w" + word, isNumber ? 0.5f : 1);
            if (last.Length > 0) Add($"p{last} {word}", 0.5f);
            if (!isNumber)
                for (var at = 0; at + LettersOfRun <= word.Length; at++) Add(string.Concat("r", word.AsSpan(at, LettersOfRun)), 0.5f);
            last = word;
        }
        foreach (var (feature, weight) in counts.ToList()) counts[feature] = weight > 1 ? 1 + MathF.Log(weight) : weight;
        return counts;

        void Add(string feature, float weight) => CollectionsMarshal.GetValueRefOrAddDefault(counts, Bucket(feature), out _) += weight;
    }

    /// <summary>In lower case; what identifies one request (UUIDs, time stamps, long numbers) is one word for all of them.</summary>
    private static List<string> Words(JsonElement value)
    {
        var text = new StringBuilder();
        Append(value, text);
        var words = new List<string>();
        foreach (var piece in text.ToString().Split([' ', '\n', '\r', '\t', '"', '\'', ',', ';', '(', ')', '[', ']', '<', '>'], StringSplitOptions.RemoveEmptyEntries))
        {
            if (IsNoise(piece))
            {
                words.Add("#");
                continue;
            }
            for (var at = 0; at < piece.Length;)
            {
                var end = at;
                while (end < piece.Length && char.IsLetterOrDigit(piece[end])) end++;
                if (end > at) words.Add(piece[at..end].ToLowerInvariant());
                at = end + 1;
            }
        }
        return words;
    }

    private static bool IsNoise(string piece)
    {
        var (digits, letters) = (piece.Count(char.IsAsciiDigit), piece.Count(char.IsLetter));
        return digits >= DigitsOfNoise || (piece.Length >= ShortestMixedId && digits >= 3 && letters > 0 && piece.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or ':' or '_' or '.' or '+'));
    }

    private static void Append(JsonElement value, StringBuilder text)
    {
        if (text.Length >= LongestRead) return;
        switch (value.ValueKind)
        {
            case JsonValueKind.Object:
                foreach (var property in value.EnumerateObject())
                {
                    text.Append(property.Name).Append(' ');
                    Append(property.Value, text);
                }
                break;
            case JsonValueKind.Array:
                foreach (var item in value.EnumerateArray()) Append(item, text);
                break;
            case JsonValueKind.String:
                var said = value.GetString()!;
                text.Append(said.AsSpan(0, Math.Min(said.Length, LongestRead - text.Length))).Append(' ');
                break;
            default:
                text.Append(value.GetRawText()).Append(' ');
                break;
        }
    }

    // FNV-1a: the same in every process, which string.GetHashCode is not, and the choice must be.
    private static int Bucket(string feature)
    {
        var hash = 2166136261u;
        foreach (var c in feature) hash = (hash ^ c) * 16777619;
        return (int)((hash ^ (hash >> 15)) % Dimensions);
    }
}

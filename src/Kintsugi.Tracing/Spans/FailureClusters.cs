namespace Kintsugi.Tracing.Spans;

/// <summary>How one run failed: an exception, a scorer's reason, a tool's last words.</summary>
public sealed record FailureText(string Id, string Text);

/// <summary>Failures that say the same thing.</summary>
/// <param name="Signature">Of its most frequent wording, with what differs from run to run masked.</param>
/// <param name="Ids">In the order in which they were given.</param>
public sealed record FailureCluster(string Signature, IReadOnlyList<string> Ids);

/// <summary>Puts failures that say the same thing together, so that each is triaged once.</summary>
/// <remarks>
/// Three steps: equal signatures; signatures of which one word alone differs and takes at least three values, a name then and not a contrast (after the parse trees of He et al. 2017,
/// ICWS, 33–40); then signatures whose words, weighed by TF-IDF (Salton and Buckley 1988, Inf. Process. Manag. 24, 513–523), have a cosine of at least
/// 0.8 with those of a cluster's most frequent signature. The frequent are taken first and ties by ordinal order, so the result depends on nothing but the set. Work is bounded: each text is
/// read up to 2,048 characters, and signatures beyond the <see cref="MostCompared"/> most frequent stay by themselves.
/// </remarks>
public static class FailureClusters
{
    /// <summary>Signatures that are compared with each other.</summary>
    public const int MostCompared = 1_000;

    private const double Alike = 0.8;
    private const int FewestValues = 3;
    private const int FewestWords = 4; // of a signature in which one may be a name: fewer say too little beside it
    private const string Parameter = "*";
    private static readonly char[] AroundWords = [.. ".,;:!?()[]{}=|*\"'`"];

    /// <returns>The largest cluster first, then by signature.</returns>
    public static IReadOnlyList<FailureCluster> Of(IReadOnlyList<FailureText> failures)
    {
        ArgumentNullException.ThrowIfNull(failures);
        var wordings = WithParameters(Frequent(failures.Index().Select(f => (SignatureOf(f.Item.Text), new List<int> { f.Index }))));
        var vectors = Vectors([.. wordings.Take(MostCompared).Select(w => w.Signature)]);
        List<(int Leader, List<int> Members)> clusters = [];
        foreach (var (i, wording) in wordings.Index())
        {
            var nearest = i >= vectors.Count ? default : clusters
                .Select(c => (Cluster: c, Cosine: c.Leader < vectors.Count ? Cosine(vectors[i], vectors[c.Leader]) : 0)).DefaultIfEmpty().MaxBy(c => c.Cosine);
            if (nearest.Cosine >= Alike) nearest.Cluster.Members.AddRange(wording.Members);
            else clusters.Add((i, [.. wording.Members]));
        }

        return
        [
            .. clusters.Select(c => new FailureCluster(wordings[c.Leader].Signature, [.. c.Members.Order().Select(m => failures[m].Id)]))
                .OrderByDescending(c => c.Ids.Count).ThenBy(c => c.Signature, StringComparer.Ordinal),
        ];
    }

    private static List<(string Signature, List<int> Members)> Frequent(IEnumerable<(string Signature, List<int> Members)> wordings) =>
    [
        .. wordings.GroupBy(w => w.Signature, StringComparer.Ordinal).Select(g => (g.Key, g.SelectMany(w => w.Members).ToList()))
            .OrderByDescending(w => w.Item2.Count).ThenBy(w => w.Key, StringComparer.Ordinal),
    ];

    private static List<(string Signature, List<int> Members)> WithParameters(List<(string Signature, List<int> Members)> wordings)
    {
        var split = wordings.Take(MostCompared).Select(w => w.Signature.Split(' ')).ToList();
        var values = split.Where(words => words.Length >= FewestWords).SelectMany(words => words.Select((_, at) => Without(words, at))).CountBy(key => key, StringComparer.Ordinal).ToDictionary(StringComparer.Ordinal);
        return Frequent(wordings.Select((w, i) => i >= split.Count ? w : (
            string.Join(' ', split[i].Select((word, at) => values.GetValueOrDefault(Without(split[i], at)) >= FewestValues ? Parameter : word)), w.Members)));

        static string Without(string[] words, int at) => string.Join(' ', words.Select((w, i) => i == at ? Parameter : w));
    }

    /// <summary>The text in its canonical form, in lower case and without the punctuation around words.</summary>
    public static string SignatureOf(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return string.Join(' ', CanonicalError.Of(text).ToLowerInvariant().Split(' ').Select(word => word.Trim(AroundWords)).Where(word => word.Length > 0));
    }

    private static List<Dictionary<string, double>> Vectors(List<string> signatures)
    {
        var counts = signatures.Select(s => s.Split(' ').CountBy(w => w).ToDictionary(StringComparer.Ordinal)).ToList();
        var containing = counts.SelectMany(c => c.Keys).CountBy(w => w).ToDictionary(StringComparer.Ordinal);
        return [.. counts.Select(Weigh)];

        Dictionary<string, double> Weigh(Dictionary<string, int> words)
        {
            var weights = words.ToDictionary(w => w.Key, w => w.Value * Math.Log(1 + ((double)signatures.Count / containing[w.Key])), StringComparer.Ordinal);
            var norm = Math.Sqrt(weights.Values.Sum(w => w * w));
            return weights.ToDictionary(w => w.Key, w => w.Value / norm, StringComparer.Ordinal);
        }
    }

    private static double Cosine(Dictionary<string, double> a, Dictionary<string, double> b) => a.Sum(w => w.Value * b.GetValueOrDefault(w.Key));
}

using System.Globalization;
using System.Text;
using Kintsugi.Tracing.Spans;

namespace Kintsugi.Bench;

/// <summary>How well clusters of failures are the faults that were planted, beside equal texts and equal signatures.</summary>
internal static class PlantedFailures
{
    // One line a fault: its wordings, apart by '|'. {0} a quoted name, {1} a number, {2} a path, {3} an identifier, {4} a bare word of the sample.
    private static readonly string[][] Faults =
    [
        .. new[]
        {
            "KeyError: {0} in {2} line {1}|KeyError: {0} in {2} line {1} while scoring {4}",
            "ValueError: could not convert string to float: {0}",
            "the answer has no field {0} although the schema asks for it|the answer to {4} has no field {0} although the schema asks for it",
            "the answer is not JSON: unexpected character at position {1}|the answer is not valid JSON: unexpected character at position {1}",
            "expected tier {0}, got {0}",
            "score {1} is further than {1} from the target {1}|score {1} is further away than {1} from the target {1}",
            "request {3} to the model timed out after {1} s|request {3} to the model timed out after {1} s and {1} retries",
            "the provider answered 429 too many requests for key {3}",
            "the provider refused the request: context length {1} exceeds the limit of {1} tokens",
            "tool {0} was called with the unknown argument {0}|tool {0} was called with the unknown argument {0} for {4}",
            "tool {0} was never called although the question needs it",
            "tool {0} returned status 404 for {2}",
            "tool {0} returned status 500 for {2}: internal server error",
            "connection to {2} was refused",
            "no such file or directory: {2}",
            "permission denied: {2}",
            "the judge found no source for the claim {0}|the judge found no source at all for the claim {0}",
            "the judge found the tone too informal for {4}",
            "the agent gave up after {1} steps without an answer|the agent gave up after {1} of {1} steps without any answer",
            "the agent repeated the same call {1} times",
            "process exited with code 137, memory limit of {1} MB reached",
            "UnicodeDecodeError: codec can't decode byte at position {1} in {2}",
            "module {0} has no attribute {0}",
            "the date {1} is read as month first",
        }.Select(f => f.Split('|')),
    ];

    private static readonly string[] Words = ["acme", "globex", "initech", "umbrella", "hooli", "stark", "wayne", "wonka"];

    public static void Append(StringBuilder table, int seeds)
    {
        table.AppendLine("## Which failures are one").AppendLine();
        table.AppendLine(CultureInfo.InvariantCulture, $"{Faults.Length} planted faults, 300 failures of them with frequencies that fall like 1/rank in an order drawn anew, several wordings of some, names, numbers, paths and identifiers drawn anew; means over {seeds} seeds (standard deviation). Homogeneity: a cluster holds one fault; completeness: a fault lies in one cluster; both, and the adjusted Rand index, are 1 at best. The wordings are this bench's own: they show that masks and cosine do their work, not how other agents word their failures.").AppendLine();
        table.AppendLine("| method | clusters | homogeneity | completeness | adjusted Rand index |").AppendLine("|---|---|---|---|---|");
        Row("equal texts", failures => failures.GroupBy(f => f.Text, StringComparer.Ordinal).Select(g => g.Select(f => f.Id).ToList()));
        Row("equal signatures", failures => failures.GroupBy(f => FailureClusters.SignatureOf(f.Text), StringComparer.Ordinal).Select(g => g.Select(f => f.Id).ToList()));
        Row("**clusters**", failures => FailureClusters.Of(failures).Select(c => c.Ids.ToList()));
        table.AppendLine();

        void Row(string name, Func<List<FailureText>, IEnumerable<List<string>>> method)
        {
            var cells = Enumerable.Range(1, seeds).Select(seed =>
            {
                var (failures, faults) = Plant(new Random(seed));
                var found = new int[failures.Count];
                foreach (var (cluster, ids) in method(failures).Index())
                {
                    foreach (var id in ids) found[int.Parse(id, CultureInfo.InvariantCulture)] = cluster;
                }

                return Compare(faults, found);
            }).ToList();
            table.AppendLine($"| {name} | {Say(cells, c => c.Clusters, "0.0")} | {Say(cells, c => c.Homogeneity, "0.000")} | {Say(cells, c => c.Completeness, "0.000")} | {Say(cells, c => c.Rand, "0.000")} |");
        }
    }

    private static (List<FailureText> Failures, int[] Faults) Plant(Random random)
    {
        var ranked = Faults.ToArray();
        random.Shuffle(ranked);
        var total = Enumerable.Range(1, Faults.Length).Sum(rank => 1.0 / rank);
        var faults = Enumerable.Range(0, 300).Select(_ =>
        {
            var left = random.NextDouble() * total;
            return Enumerable.Range(0, Faults.Length - 1).FirstOrDefault(f => (left -= 1.0 / (f + 1)) < 0, Faults.Length - 1);
        }).ToArray();
        return ([.. faults.Select((fault, i) => new FailureText($"{i}", Word(ranked[fault][random.Next(ranked[fault].Length)], random)))], faults);
    }

    private static string Word(string wording, Random random) => string.Format(
        CultureInfo.InvariantCulture, wording, $"'{Any(random)} {Any(random)}'", random.Next(1, 10_000), $"/srv/{Any(random)}/{Any(random)}.py",
        random.NextInt64(1L << 40).ToString("x", CultureInfo.InvariantCulture) + "-0", Any(random));

    private static string Any(Random random) => Words[random.Next(Words.Length)];

    // Rosenberg and Hirschberg (2007), EMNLP-CoNLL, 410–420; Hubert and Arabie (1985), J. Classif. 2, 193–218.
    private static (double Clusters, double Homogeneity, double Completeness, double Rand) Compare(int[] truth, int[] found)
    {
        double[] classes = [.. truth.CountBy(t => t).Select(t => (double)t.Value)], clusters = [.. found.CountBy(f => f).Select(f => (double)f.Value)];
        double[] cells = [.. truth.Zip(found).CountBy(p => p).Select(p => (double)p.Value)];
        double n = truth.Length, both = Entropy(cells), ofClasses = Entropy(classes), ofClusters = Entropy(clusters);
        double pairs = Pairs(cells), expected = Pairs(classes) * Pairs(clusters) / (n * (n - 1) / 2), most = (Pairs(classes) + Pairs(clusters)) / 2;
        return (clusters.Length, 1 - ((both - ofClusters) / ofClasses), 1 - ((both - ofClasses) / ofClusters), (pairs - expected) / (most - expected));

        double Entropy(double[] counts) => -counts.Sum(c => c / n * Math.Log(c / n));

        static double Pairs(double[] counts) => counts.Sum(c => c * (c - 1) / 2);
    }

    private static string Say<T>(List<T> cells, Func<T, double> value, string format)
    {
        var mean = cells.Average(value);
        return $"{mean.ToString(format, CultureInfo.InvariantCulture)} ({Math.Sqrt(cells.Average(c => (value(c) - mean) * (value(c) - mean))).ToString(format, CultureInfo.InvariantCulture)})";
    }
}

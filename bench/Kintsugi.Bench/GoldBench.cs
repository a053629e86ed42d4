using System.Globalization;
using System.Text;
using System.Text.Json;
using Kintsugi.Evaluation.Datasets.Proposing;
using Kintsugi.Tests.Evaluation.Datasets.Proposing;

namespace Kintsugi.Bench;

/// <summary>Cases chosen from planted traces: kinds of failure covered, near-duplicates let through, CPU.</summary>
public static class GoldBench
{
    private const int Most = 50;
    private static readonly HashSet<string> Nothing = [];

    public static int Run(int seeds, string? file)
    {
        var table = new StringBuilder();
        table.AppendLine("# Gold from traces").AppendLine();
        table.AppendLine(CultureInfo.InvariantCulture, $"`Kintsugi.Bench gold --seeds {seeds}`: {Most} proposals by `ProposedSamples.Choose`. Planted: tickets of 30 topics under one system prompt, each with a request id of its own; kinds of failure are an error (12, one without any text) on a topic, with sizes from 2 on; a fifth of the traces repeat another with small changes (case, blanks, punctuation, one mistyped letter). A cluster is covered when one of its traces is proposed. *An outage*: three in ten traces fail alike on all topics beside the planted ones. *Gold*: half of the traces that do not fail are gold already. CPU of one choice, the reading of traces not counted.").AppendLine();
        table.AppendLine("| traces | kinds of failure | gold | planted, all seeds | covered | same, at random | near-duplicates proposed | distinct topics of 30, mean | same, at random | CPU s, mean | CPU s, largest |").AppendLine("|---|---|---|---|---|---|---|---|---|---|---|");
        var missed = false;
        foreach (var (count, clusters, gold, outage) in new[] { (200, 12, false, 0), (1000, 12, false, 0), (1000, 24, false, 0), (1000, 36, false, 0), (1000, 36, true, 0), (1000, 36, false, 0.3), (5000, 36, false, 0) })
            missed |= Row(table, seeds, count, clusters, gold, outage);
        table.AppendLine().AppendLine(missed ? "Wanted of 1,000 traces: every planted cluster, at most 10 s. **Missed.**" : "Wanted of 1,000 traces: every planted cluster, at most 10 s. Reached.");
        Console.Write(table);
        if (file is not null) File.WriteAllText(file, table.ToString());
        return 0;
    }

    private static bool Row(StringBuilder table, int seeds, int count, int clusters, bool withGold, double outage)
    {
        int planted = 0, covered = 0, coveredAtRandom = 0, repeats = 0;
        double topics = 0, topicsAtRandom = 0;
        List<double> cpu = [];
        for (var seed = 1; seed <= seeds; seed++)
        {
            var drawn = PlantedTraces.Draw(count, clusters, seed, outage);
            KnownInput[] gold = withGold ? [.. drawn.Traces.Where(t => t.Failure is null).Where((_, i) => i % 2 == 0).Select(t => new KnownInput(JsonSerializer.SerializeToElement(t.Root!.Input), null))] : [];
            var before = Usage.OwnCpuSeconds;
            var choice = ProposedSamples.Choose(drawn.Traces, gold, Nothing, Most, seed);
            cpu.Add(Usage.OwnCpuSeconds - before);

            var chosen = choice.Samples.Select(s => s.Source).ToHashSet(StringComparer.Ordinal);
            HashSet<string> atRandom = [.. new Random(seed).GetItems(drawn.Traces.Select(t => t.Id).ToArray(), Most)];
            planted += drawn.Clusters.Count;
            covered += drawn.Clusters.Count(c => c.Overlaps(chosen));
            coveredAtRandom += drawn.Clusters.Count(c => c.Overlaps(atRandom));
            var group = chosen.GroupBy(id => drawn.Repeats.GetValueOrDefault(id, id), StringComparer.Ordinal);
            repeats += group.Sum(g => g.Count() - 1);
            var topicOf = drawn.Traces.ToDictionary(t => t.Id, TopicOf, StringComparer.Ordinal);
            topics += chosen.Select(id => topicOf[id]).Distinct(StringComparer.OrdinalIgnoreCase).Count() / (double)seeds;
            topicsAtRandom += atRandom.Select(id => topicOf[id]).Distinct(StringComparer.OrdinalIgnoreCase).Count() / (double)seeds;
        }
        table.AppendLine(CultureInfo.InvariantCulture,
            $"| {count} | {clusters}{(outage > 0 ? " and an outage" : "")} | {(withGold ? "half" : "none")} | {planted} | {covered} | {coveredAtRandom} | {repeats} | {topics:0.0} | {topicsAtRandom:0.0} | {cpu.Average():0.00} | {cpu.Max():0.00} |");
        return count == 1000 && (covered < planted || cpu.Max() > 10);
    }

    /// <summary>By its first words: a mistyped letter stands in the middle.</summary>
    private static string TopicOf(Tracing.Trace trace) => trace.Root!.Input!["messages"]![1]!["content"]!.GetValue<string>().Trim()[..10];
}

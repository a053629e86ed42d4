using System.Globalization;
using System.Text;
using Kintsugi.Evaluation.Detection;
using Kintsugi.Tests;

namespace Kintsugi.Bench.Detection;

/// <summary>The gate on recorded answers: four trials of one agent, and models that drifted.</summary>
internal static class RecordedRows
{
    private static readonly GateSettings Settings = new(null, 0.05, 0.10, 0.05, 3);

    public static void Write(StringBuilder table, Targets targets, int draws)
    {
        table.AppendLine("## Recorded agents").AppendLine();
        Tau(table, targets, draws);
        Drift(table, targets, Math.Max(1, draws / 20));
    }

    private static void Tau(StringBuilder table, Targets targets, int draws)
    {
        const string Target = "τ-bench GPT-4o airline, candidate trial drawn per task: false alarms ≤ 5 %";
        if (RecordedData.Find("tau_bench_gpt4o_airline.csv") is not { } path)
        {
            targets.Skip(Target, "`../shared/data` is not beside the repository");
            return;
        }

        var trials = File.ReadLines(path).Skip(1).Select(l => l.Split(',')).GroupBy(c => c[0], StringComparer.Ordinal)
            .Select(task => task.OrderBy(c => c[1], StringComparer.Ordinal).Select(c => c[2] == "1" ? 0 : 1).ToArray()).ToList();
        table.AppendLine(CultureInfo.InvariantCulture, $"τ-bench airline, GPT-4o, {trials.Count} tasks in four recorded trials (`shared/data`), one of them the candidate and three the baseline, tasks in random order, {draws:N0} draws. *per task*: which trial is the candidate is drawn for each task, the null that the test assumes. *whole trial*: one trial is the candidate on all tasks; the recorded totals differ by two tasks at most, so that hardly anything can fire.").AppendLine();
        table.AppendLine("| candidate | test | false alarms % (SE) | ×3 excluded % | mean tasks |").AppendLine("|---|---|---|---|---|");
        foreach (var perTask in new[] { true, false })
        {
            foreach (var (name, every) in new[] { ("a look after each task", 1), ("8 waves", 7), ("all at once", trials.Count) })
            {
                var plan = new SequentialPlan(0.05, 0.10, 3, SpendingKind.OBrienFleming, MayExclude: true, trials.Count, every);
                var sums = Trials.Sum(draws, 9_000 + every, 3, (count, random, figures) =>
                {
                    var order = trials.ToArray();
                    for (var draw = 0; draw < count; draw++)
                    {
                        random.Shuffle(order);
                        var one = random.Next(4);
                        var path = SequentialTest.Decide([.. order.Select(task => Held(task, perTask ? random.Next(4) : one))], plan);
                        figures[0] += path.Kind == SequentialKind.Rise ? 1 : 0;
                        figures[1] += path.Kind == SequentialKind.Excluded ? 1 : 0;
                        figures[2] += path.Looks[^1].Samples;
                    }
                });
                table.AppendLine(CultureInfo.InvariantCulture, $"| {(perTask ? "per task" : "whole trial")} | {name} | {Trials.Percent(sums[0], draws)} | {Trials.Percent(sums[1], draws)} | {sums[2] / draws:0.0} |");
                if (perTask && every == 1) targets.Hold(Target, $"{Trials.Percent(sums[0], draws)} %", sums[0] / draws <= 0.05);
            }
        }

        table.AppendLine();

        static SampleCounts Held(int[] task, int candidate) => new("", task.Sum() - task[candidate], 3, task[candidate], 1);
    }

    private static void Drift(StringBuilder table, Targets targets, int orders)
    {
        const string Found = "recorded drifts of GPT-4 and GPT-3.5 found", Hidden = "the slice that GPT-3.5's rising total hides (composites) found";
        if (RecordedData.Find("llm_drift.csv") is not { } path)
        {
            foreach (var target in new[] { Found, Hidden }) targets.Skip(target, "`../shared/data` is not beside the repository");
            return;
        }

        var answers = File.ReadLines(path).Skip(1).Select(l => l.Split(',')).ToLookup(c => (Model: c[0], Set: c[2]));
        table.AppendLine(CultureInfo.InvariantCulture, $"March against June 2023, one answer a month (K = 1), items in random order, {orders:N0} orders; alpha 0.05, the whole gate with its slices on primes, a look after each item.").AppendLine();
        table.AppendLine("| model | items | passed before → after | test over all: rise % | excluded % | median items | the gate | slices that rose |").AppendLine("|---|---|---|---|---|---|---|---|");
        var found = true;
        foreach (var (model, set) in new[] { ("gpt-4", "prime"), ("gpt-4", "leetcode"), ("gpt-3.5", "leetcode"), ("gpt-3.5", "prime") })
        {
            var items = answers[(model, set)].GroupBy(c => c[3], StringComparer.Ordinal).Select(item => Paired(item.Key, [.. item])).ToArray();
            var plan = new SequentialPlan(0.05, 0.10, 3, SpendingKind.OBrienFleming, MayExclude: true, items.Length);
            var random = new Random(11);
            List<int> runs = [];
            int rises = 0, excluded = 0;
            for (var order = 0; order < orders; order++)
            {
                random.Shuffle(items);
                var path1 = SequentialTest.Decide(items, plan);
                rises += path1.Kind == SequentialKind.Rise ? 1 : 0;
                excluded += path1.Kind == SequentialKind.Excluded ? 1 : 0;
                runs.Add(path1.Looks[^1].Samples);
            }

            var verdict = Gate.Judge(items, items.Length, Settings with { BySlice = set == "prime" });
            var rose = string.Join(", ", verdict.Slices.Where(s => s.Rose).Select(s => string.Create(CultureInfo.InvariantCulture, $"{s.Name} ({100 * s.BaselineRate:0.0} → {100 * s.CandidateRate:0.0} %, {PValue.InWords(s.PValue)})")));
            table.AppendLine(CultureInfo.InvariantCulture, $"| {model} | {items.Length} {set} | {100 * verdict.BaselineRate:0.0} → {100 * verdict.CandidateRate:0.0} % | {100.0 * rises / orders:0} | {100.0 * excluded / orders:0} | {runs.Order().ElementAt(runs.Count / 2)} | {verdict.Kind} | {rose} |");
            if ((model, set) == ("gpt-3.5", "prime")) targets.Hold(Hidden, $"{verdict.Kind}: {rose}", verdict.Kind == VerdictKind.Regressed && verdict.Slices.Single(s => s.Name == "composite").Rose);
            else found &= rises >= 0.95 * orders;
        }

        targets.Hold(Found, "each in ≥ 95 % of the orders; median items above", found);
        table.AppendLine();
    }

    private static SampleCounts Paired(string item, string[][] months)
    {
        var before = months.Single(m => m[1] == "2023-03");
        var after = months.Single(m => m[1] == "2023-06");
        return new SampleCounts(item, before[4] == "1" ? 0 : 1, 1, after[4] == "1" ? 0 : 1, 1) { Slices = before[6].Length > 0 ? [before[6]] : [] };
    }
}

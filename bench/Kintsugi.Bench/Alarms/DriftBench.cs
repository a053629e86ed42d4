using System.Globalization;
using System.Text;
using Kintsugi.Evaluation.Alarms;
using Kintsugi.Tests;

namespace Kintsugi.Bench.Alarms;

/// <summary>The tests of model drift: simulated answers for model equality, recorded ones of GPT-3.5 and GPT-4 for the control set.</summary>
internal static class DriftBench
{
    private const double Alpha = 0.05;
    private const int Items = 50;

    private sealed record Recorded(string Model, string Month, string Set, string Item, bool Correct, bool? Cleaned, string Slice);

    public static void Write(StringBuilder table, int trials)
    {
        Equality(table, trials);
        if (Read() is { } recorded) ControlSets(table, recorded, trials);
        else table.AppendLine("## Recorded drift").AppendLine().AppendLine("Not measured: `../shared/data/llm_drift.csv`, beside the repository, is not there.");
    }

    private static void Equality(StringBuilder table, int trials)
    {
        table.AppendLine(CultureInfo.InvariantCulture, $"## Model equality on simulated answers, {trials} comparisons a cell").AppendLine();
        table.AppendLine("25 prompts, each with eight possible answers of 40 characters that share a random half of their text, weights by softmax of normal scores; the drifted model answers at another temperature, or on some prompts with scores of its own. 199 permutations. Shown at p ≤ 0.05, %:").AppendLine();
        table.AppendLine("| drift | 3 answers a prompt and side | 10 | 20 |").AppendLine("|---|---|---|---|");
        var seed = 600;
        foreach (var (name, temperature, moved) in new[] { ("none", 1.0, 0), ("temperature 1 → 0.7", 0.7, 0), ("temperature 1 → 0.4", 0.4, 0), ("3 of 25 prompts answered otherwise", 1.0, 3), ("all prompts answered otherwise", 1.0, 25) })
        {
            var random = new Random(seed++);
            List<string> cells = [];
            foreach (var answers in new[] { 3, 10, 20 })
            {
                var shown = 0;
                for (var t = 0; t < trials; t++) shown += ModelEquality.Test(Prompts(random, answers, temperature, moved), 199, random).PValue <= Alpha ? 1 : 0;
                cells.Add(AlarmBench.Percent(shown, trials));
            }

            table.AppendLine(CultureInfo.InvariantCulture, $"| {name} | {string.Join(" | ", cells)} |");
        }

        table.AppendLine();
    }

    private static List<PromptAnswers> Prompts(Random random, int answers, double temperature, int moved) =>
        [.. Enumerable.Range(0, 25).Select(prompt =>
        {
            var shared = Text(random, 20);
            var possible = Enumerable.Range(0, 8).Select(_ => shared + Text(random, 20)).ToArray();
            var scores = Array.ConvertAll(possible, _ => MathNet.Numerics.Distributions.Normal.Sample(random, 0, 1));
            var later = prompt < moved ? Array.ConvertAll(possible, _ => MathNet.Numerics.Distributions.Normal.Sample(random, 0, 1)) : scores;
            return new PromptAnswers($"{prompt}", Draw(random, possible, scores, 1, answers), Draw(random, possible, later, temperature, answers));
        })];

    private static string Text(Random random, int length) => string.Concat(Enumerable.Range(0, length).Select(_ => (char)('a' + random.Next(26))));

    private static List<string> Draw(Random random, string[] possible, double[] scores, double temperature, int answers)
    {
        var weights = Array.ConvertAll(scores, s => Math.Exp(s / temperature));
        return [.. Enumerable.Range(0, answers).Select(_ => possible[MathNet.Numerics.Distributions.Categorical.Sample(random, weights)])];
    }

    private static void ControlSets(StringBuilder table, List<Recorded> recorded, int trials)
    {
        table.AppendLine("## Recorded drift: GPT-4 and GPT-3.5, March to June 2023").AppendLine();
        table.AppendLine("`../shared/data/llm_drift.csv`: one answer an item and month, the items paired. P-values two-sided and adjusted over total and slices. Compared with a control set of 50 items drawn at random: how often it shows the move (total or slice by its row), and how often a set whose months are exchanged by chance shows anything, %:").AppendLine();
        table.AppendLine(CultureInfo.InvariantCulture, $"| model | set | slice | items | March % | June % | adjusted p | hidden by the total | {Items} items show it | {Items} items, nothing changed |").AppendLine("|---|---|---|---|---|---|---|---|---|---|");
        foreach (var (model, set, cleaned) in new[] { ("gpt-4", "prime", false), ("gpt-3.5", "prime", false), ("gpt-4", "leetcode", false), ("gpt-4", "leetcode", true), ("gpt-3.5", "leetcode", false), ("gpt-3.5", "leetcode", true) })
        {
            var items = Pair(recorded, model, set, cleaned);
            var all = ControlSet.Compare(items);
            var hidden = ControlSet.HiddenByTotal(all, Alpha);
            var random = new Random(700);
            var shown = new int[all.Count];
            var falsely = 0;
            for (var t = 0; t < trials; t++)
            {
                var drawn = items.OrderBy(_ => random.NextDouble()).Take(Items).ToList();
                var drifts = ControlSet.Compare(drawn);
                for (var i = 0; i < all.Count; i++)
                    shown[i] += drifts.Any(d => d.Slice == all[i].Slice && d.PValue <= Alpha && d.Current > d.Reference == all[i].Current > all[i].Reference) ? 1 : 0;
                falsely += ControlSet.Compare(drawn.ConvertAll(i => random.Next(2) == 0 ? i : i with { ReferencePasses = i.CurrentPasses, CurrentPasses = i.ReferencePasses })).Any(d => d.PValue <= Alpha) ? 1 : 0;
            }

            for (var i = 0; i < all.Count; i++)
            {
                var drift = all[i];
                table.AppendLine(CultureInfo.InvariantCulture,
                    $"| {model} | {set}{(set == "leetcode" ? cleaned ? ", cleaned" : ", raw" : "")} | {drift.Slice ?? "total"} | {drift.Items} | {100 * drift.Reference:0.0} | {100 * drift.Current:0.0} | {drift.PValue:0.0e+0} | {(hidden.Contains(drift) ? "yes" : "")} | {(items.Count > Items ? AlarmBench.Percent(shown[i], trials) : "–")} | {(i == 0 ? AlarmBench.Percent(falsely, trials) : "")} |");
            }
        }
    }

    private static List<ControlItem> Pair(List<Recorded> recorded, string model, string set, bool cleaned)
    {
        var june = recorded.Where(r => r.Model == model && r.Set == set && r.Month == "2023-06").ToDictionary(r => r.Item, Passes);
        return [.. from march in recorded
                   where march.Model == model && march.Set == set && march.Month == "2023-03"
                   select new ControlItem(march.Item, Passes(march), 1, june[march.Item], 1, march.Slice.Length > 0 ? [march.Slice] : [])];

        int Passes(Recorded r) => (cleaned ? r.Cleaned!.Value : r.Correct) ? 1 : 0;
    }

    // Null where the data is not there: the repository is built without it.
    private static List<Recorded>? Read()
    {
        if (RecordedData.Find("llm_drift.csv") is not { } file) return null;
        return [.. from line in File.ReadLines(file).Skip(1)
                   let cell = line.Split(',')
                   select new Recorded(cell[0], cell[1], cell[2], cell[3], cell[4] == "1", cell[5].Length == 0 ? null : cell[5] == "1", cell[6])];
    }
}

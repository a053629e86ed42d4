using System.Globalization;
using System.Text;
using Kintsugi.Evaluation.Detection;
using Kintsugi.Healing.Triage;

namespace Kintsugi.Bench;

/// <summary>Agent runs that isolating a culprit takes, beside one hunk at a time and plain delta debugging, under the same trial test and the same final check.</summary>
public static class CulpritBench
{
    private delegate bool Oracle(IReadOnlyCollection<int> drop, double error);

    private sealed record Cell(int Right, double Trials, double Runs, double StandardError);

    /// <param name="args">Optional: incidents a cell (200), file to write.</param>
    public static int Run(string[] args)
    {
        var incidents = args.Length > 0 ? int.Parse(args[0], CultureInfo.InvariantCulture) : 200;
        var table = new StringBuilder();
        table.AppendLine("# Culprit isolation: agent runs to a minimal set of hunks").AppendLine();
        table.AppendLine(CultureInfo.InvariantCulture, $"{incidents} simulated incidents a cell (seed = cell and incident), three failing samples a trial, SPRT with marginalised rates; what is known of the rates comes from five runs of each of 75 samples on the good side and one on the bad side, where the regression hits every other sample, and the three are chosen by those runs.");
        table.AppendLine("`single`: one hunk breaks it. `either`: each of two breaks it, both must go. `both`: only two together break it, either is right.");
        table.AppendLine("Noise: failure rate of a bad / a good version; 1/0 is noise-free (a trial is then one run of each of the three samples).");
        table.AppendLine("All three methods confirm what they conclude at error 0.005; search steps at 0.02. `first set` stops where the others stop, at one confirmed minimal set; `all of it` also runs the trial for `breaks_alone` and the search for `also_sufficient`.").AppendLine();
        table.AppendLine("| noise | cause | hunks | ours, first set: right | trials | agent runs (SE) | ours, all of it: right | trials | agent runs (SE) | one at a time: right | trials | agent runs | ddmin: right | trials | agent runs |");
        table.AppendLine("|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|");
        foreach (var (bad, good) in new[] { (1.0, 0.0), (0.98, 0.01), (0.8, 0.1) })
        {
            foreach (var cause in new[] { "single", "either", "both" })
            {
                foreach (var hunks in new[] { 8, 32, 128 })
                {
                    var ours = Measure(incidents, hunks, cause, bad, good, Ours);
                    var first = Measure(incidents, hunks, cause, bad, good, OursToTheFirstSet);
                    var each = Measure(incidents, hunks, cause, bad, good, OneAtATime);
                    var ddmin = Measure(incidents, hunks, cause, bad, good, DeltaDebugging);
                    table.AppendLine(CultureInfo.InvariantCulture,
                        $"| {bad}/{good} | {cause} | {hunks} | {Share(first)} | {first.Trials:0.0} | {first.Runs:0} ({first.StandardError:0.0}) | {Share(ours)} | {ours.Trials:0.0} | {ours.Runs:0} ({ours.StandardError:0.0}) | {Share(each)} | {each.Trials:0.0} | {each.Runs:0} | {Share(ddmin)} | {ddmin.Trials:0.0} | {ddmin.Runs:0} |");
                }
            }
        }

        Console.Write(table);
        if (args.Length > 1) File.WriteAllText(args[1], table.ToString());
        return 0;

        string Share(Cell cell) => string.Create(CultureInfo.InvariantCulture, $"{100.0 * cell.Right / incidents:0.#} %");
    }

    private static Cell Measure(int incidents, int hunks, string cause, double bad, double good, Func<int, Oracle, IReadOnlyCollection<int>> method)
    {
        var right = 0;
        var trials = 0L;
        var runs = new List<double>();
        for (var incident = 0; incident < incidents; incident++)
        {
            var random = new Random(HashCode(hunks, cause, incident));
            var first = random.Next(hunks);
            var second = (first + 1 + random.Next(hunks - 1)) % hunks;
            var samples = Chosen(bad, good, random);
            var used = 0;
            var found = method(hunks, (drop, error) =>
            {
                trials++;
                return IsGood(Mends(drop), samples, bad, good, error, random, ref used);
            });
            runs.Add(used);
            right += Right(found) ? 1 : 0;

            bool Mends(IReadOnlyCollection<int> drop) => cause switch
            {
                "single" => drop.Contains(first),
                "either" => drop.Contains(first) && drop.Contains(second),
                _ => drop.Contains(first) || drop.Contains(second),
            };

            bool Right(IReadOnlyCollection<int> set) => Mends(set) && set.Count == (cause == "either" ? 2 : 1);
        }

        var mean = runs.Average();
        return new Cell(right, (double)trials / incidents, mean, Math.Sqrt(runs.Average(r => (r - mean) * (r - mean)) / incidents));
    }

    /// <summary>The samples of the trials, chosen by what a blessing and one look have shown.</summary>
    private static IReadOnlyList<TrialSample> Chosen(double bad, double good, Random random)
    {
        int Failures(int runs, double rate) => Enumerable.Range(0, runs).Count(_ => random.NextDouble() < rate);
        return [.. TrialSamples.Choose(
            [.. Enumerable.Range(0, 75).Select(n => new SampleCounts($"{n}", Failures(5, good), 5, Failures(1, n % 2 == 0 ? bad : good), 1))], 10).Take(3)];
    }

    private static bool IsGood(bool mends, IReadOnlyList<TrialSample> samples, double bad, double good, double error, Random random, ref int used)
    {
        List<TrialRuns> runs = [.. samples.Select(_ => new TrialRuns(0, 0))];
        for (; ; )
        {
            var decision = TrialTest.Decide(samples, runs, error, 60);
            if (decision.Outcome is { } outcome) return outcome == TrialOutcome.Good;
            foreach (var i in decision.Samples)
            {
                var failures = Enumerable.Range(0, decision.MoreRuns).Count(_ => random.NextDouble() < (mends ? good : bad));
                runs[i] = new TrialRuns(runs[i].Failures + failures, runs[i].Passes + decision.MoreRuns - failures);
                used += decision.MoreRuns;
            }
        }
    }

    private static IReadOnlyCollection<int> Ours(int hunks, Oracle good)
    {
        var state = CulpritSearch.Start(hunks);
        while (CulpritSearch.Next(state) is { } trial)
            state = CulpritSearch.Observe(state, trial, good(trial.Drop.ToHashSet(), trial.Error) ? TrialOutcome.Good : TrialOutcome.Bad);
        return CulpritSearch.Result(state).Hunks;
    }

    private static HashSet<int> OursToTheFirstSet(int hunks, Oracle good)
    {
        var state = CulpritSearch.Start(hunks);
        while (CulpritSearch.Next(state) is { } trial)
        {
            // The trial asks for base with only the culprit: what it keeps is the set found.
            if (trial.Purpose == TrialPurpose.BreaksAlone) return [.. Enumerable.Range(0, hunks).Except(trial.Drop)];
            state = CulpritSearch.Observe(state, trial, good(trial.Drop.ToHashSet(), trial.Error) ? TrialOutcome.Good : TrialOutcome.Bad);
        }

        return [.. CulpritSearch.Result(state).Hunks];
    }

    // Put back one hunk after another, each by itself, until one mends; when none does, take all and keep back what can be kept.
    private static HashSet<int> OneAtATime(int hunks, Oracle good)
    {
        for (var h = 0; h < hunks; h++)
        {
            if (good(new HashSet<int> { h }, 0.02) && good(new HashSet<int> { h }, 0.005)) return [h];
        }

        var left = Enumerable.Range(0, hunks).ToHashSet();
        for (var h = 0; h < hunks && left.Count > 1; h++)
        {
            left.Remove(h);
            if (!good(left, 0.02)) left.Add(h);
        }

        good(left, 0.005);
        return left;
    }

    // Zeller and Hildebrandt (2002), IEEE TSE 28, 183–200: ddmin with a cache of what was tried.
    private static HashSet<int> DeltaDebugging(int hunks, Oracle good)
    {
        var tried = new Dictionary<string, bool>();
        var set = Enumerable.Range(0, hunks).ToList();
        for (var parts = 2; set.Count > 1;)
        {
            var chunks = Enumerable.Range(0, parts)
                .Select(p => set.Skip(set.Count * p / parts).Take((set.Count * (p + 1) / parts) - (set.Count * p / parts)).ToList()).ToList();
            if (chunks.Find(Good) is { } chunk)
            {
                (set, parts) = (chunk, 2);
            }
            else if (parts > 2 && chunks.Select(c => set.Except(c).ToList()).FirstOrDefault(Good) is { } complement)
            {
                (set, parts) = (complement, Math.Max(parts - 1, 2));
            }
            else if (parts >= set.Count)
            {
                break;
            }
            else
            {
                parts = Math.Min(set.Count, 2 * parts);
            }
        }

        good(set, 0.005);
        return [.. set];

        bool Good(List<int> drop)
        {
            var key = string.Join(',', drop);
            return tried.TryGetValue(key, out var known) ? known : tried[key] = good(drop, 0.02);
        }
    }

    private static int HashCode(int hunks, string cause, int incident) => (((hunks * 31) + cause[0]) * 100_003) + incident;
}

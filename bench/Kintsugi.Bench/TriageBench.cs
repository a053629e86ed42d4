using System.Diagnostics;
using System.Globalization;
using System.Text;
using Kintsugi.Healing.Triage;

namespace Kintsugi.Bench;

/// <summary>Runs that it takes to name the component and the commit at fault, how often the name is right, and what a step of the inference costs.</summary>
public static class TriageBench
{
    private const int Components = 5;
    private const int Commits = 128;
    private const int MostRuns = 1_000;

    private const int NewRuns = 20;
    private const int OldRuns = 100;

    /// <param name="Proven">Whether the proofs of the cause that was named came out as they must; <paramref name="ProofRuns"/> were run for them.</param>
    private sealed record Incident(bool Right, bool Named, int Runs, double Fit, bool Proven = false, int ProofRuns = 0);

    public static int Run(int incidents, string? file)
    {
        var table = new StringBuilder();
        table.AppendLine("# Triage: runs to name what broke an agent").AppendLine();
        table.AppendLine(CultureInfo.InvariantCulture, $"{incidents} simulated incidents a cell, seeds fixed. Rates are failure rates of a bad / a good version. The methods know them only from {NewRuns} runs of the new and {OldRuns} of the old version that detection has paid for, unless it says otherwise. Standard errors in brackets.").AppendLine();
        Swaps(incidents, table);
        Unlisted(incidents, table);
        Bisections(incidents, table);
        PlantedFailures.Append(table, 100);
        Speed(table);
        Console.Write(table);
        if (file is not null) File.WriteAllText(file, table.ToString());
        return 0;
    }

    private static void Swaps(int incidents, StringBuilder table)
    {
        table.AppendLine("## Which component").AppendLine();
        table.AppendLine("Five components; causes drawn by their priors (single 0.65, two only together 0.10, either of two 0.15, external 0.10). Right: the very cause, kind and components. One at a time takes each component back alone, nine runs each, and all of them if none mends; it is told the rates, and their midpoint decides. Proven: everything new but the culprit is found good, the culprit alone bad, each by a trial test of error 0.01.").AppendLine();
        table.AppendLine("| rates | stop at 0.95: right % | runs | at 0.98: right % | runs | at 0.99: right % | runs | fit below 0.05 % | proven % | further runs | rates known, 0.99: right % | runs | one at a time: right % | runs |");
        table.AppendLine("|---|---|---|---|---|---|---|---|---|---|---|---|---|---|");
        foreach (var (bad, good) in new[] { (0.95, 0.05), (0.8, 0.1), (0.6, 0.1), (0.5, 0.2) })
        {
            var soon = Many(incidents, r => Swap(r, bad, good, 0.95, Warm));
            var between = Many(incidents, r => Swap(r, bad, good, 0.98, Warm));
            var sure = Many(incidents, r => Swap(r, bad, good, 0.99, Warm));
            var known = Many(incidents, r => Swap(r, bad, good, 0.99, Known));
            var each = Many(incidents, r => OneAtATime(r, bad, good));
            table.AppendLine(CultureInfo.InvariantCulture, $"| {bad}/{good} | {Right(soon)} | {Runs(soon)} | {Right(between)} | {Runs(between)} | {Right(sure)} | {Runs(sure)} | {Percent(sure, i => i.Fit <= 0.05)} | {Percent(sure, i => i.Proven)} | {Mean(sure, i => i.ProofRuns)} | {Right(known)} | {Runs(known)} | {Right(each)} | {Runs(each)} |");
        }

        table.AppendLine();
    }

    private static void Unlisted(int incidents, StringBuilder table)
    {
        table.AppendLine("## A cause that is none of those listed").AppendLine();
        table.AppendLine("Named: the search ended at 0.99 within 60 runs, and wrongly, for there is no right name. Misfit: the fit is at most 0.05. Proven: named without a misfit, and the proofs came out as if the name were right: the errors that remain.").AppendLine();
        table.AppendLine("| cause | rates | named % | runs | misfit % | named, no misfit % | proven % | runs for the proofs |").AppendLine("|---|---|---|---|---|---|---|---|");
        foreach (var (name, spoils) in new (string, Func<int, bool>)[]
        {
            ("three only together", c => (c & 0b111) == 0b111), ("any of three", c => (c & 0b111) != 0), ("one, or two others together", c => (c & 1) != 0 || (c & 0b110) == 0b110),
        })
        {
            foreach (var (bad, good) in new[] { (0.95, 0.05), (0.8, 0.1) })
            {
                var cell = Many(incidents, r => Swap(r, bad, good, 0.99, Warm, spoils, 60));
                table.AppendLine(CultureInfo.InvariantCulture, $"| {name} | {bad}/{good} | {Percent(cell, i => i.Named)} | {Runs(cell)} | {Percent(cell, i => i.Fit <= 0.05)} | {Percent(cell, i => i.Named && i.Fit > 0.05)} | {Percent(cell, i => i.Named && i.Fit > 0.05 && i.Proven)} | {Mean(cell, i => i.ProofRuns)} |");
            }
        }

        table.AppendLine();
    }

    private static void Bisections(int incidents, StringBuilder table)
    {
        table.AppendLine("## Which commit").AppendLine();
        table.AppendLine(CultureInfo.InvariantCulture, $"{Commits} commits, the culprit uniform among {Commits - 1}, stop at 0.95. Suspicion: 15 % of the commits weigh eight times the others, the culprit is among them with probability 0.7. Cold: no runs known beforehand, as git bayesect begins.").AppendLine();
        table.AppendLine("| rates | right % | runs | with suspicion: right % | runs | cold: right % | runs |").AppendLine("|---|---|---|---|---|---|---|");
        foreach (var (bad, good) in new[] { (0.95, 0.05), (0.9, 0.1), (0.8, 0.2), (0.7, 0.3) })
        {
            var warm = Many(incidents, r => Bisect(r, bad, good, Warm, suspicion: false));
            var suspected = Many(incidents, r => Bisect(r, bad, good, Warm, suspicion: true));
            var cold = Many(incidents, r => Bisect(r, bad, good, (_, _, _) => RunPrior.FromRuns(0, 0), suspicion: false));
            table.AppendLine(CultureInfo.InvariantCulture, $"| {bad}/{good} | {Right(warm)} | {Runs(warm)} | {Right(suspected)} | {Runs(suspected)} | {Right(cold)} | {Runs(cold)} |");
        }

        table.AppendLine();
    }

    private static void Speed(StringBuilder table)
    {
        const int Many = 10_000;
        var random = new Random(1);
        var prior = Bisection.Prior([.. Enumerable.Repeat(1.0, Many - 1)], 0.1);
        var (old, @new) = (RunPrior.FromRuns(10, 90), RunPrior.FromRuns(16, 4));
        List<BisectObservation> seen = [.. Enumerable.Range(0, 60).Select(_ => new BisectObservation(random.Next(Many), random.NextDouble() < 0.5))];
        var posterior = Median(() => Bisection.Posterior(Many, prior, old, @new, seen));
        var next = Median(() => Bisection.Next(Many, prior, old, @new, seen));
        table.AppendLine("## Cost of a step").AppendLine();
        table.AppendLine(CultureInfo.InvariantCulture, $"{Many:N0} commits, 60 runs seen, one core: the posterior {posterior.TotalMilliseconds:0.00} ms, the next commit to run {next.TotalMilliseconds:0.00} ms (medians of 201).");

        static TimeSpan Median(Action step)
        {
            List<TimeSpan> times = [];
            for (var i = 0; i < 301; i++)
            {
                var started = Stopwatch.GetTimestamp();
                step();
                if (i >= 100) times.Add(Stopwatch.GetElapsedTime(started)); // the first hundred warm the compiler up
            }

            return times.Order().ElementAt(times.Count / 2);
        }
    }

    private static Incident Swap(Random random, double bad, double good, double sure, Func<Random, double, int, RunPrior> runsKnown, Func<int, bool>? spoils = null, int most = MostRuns)
    {
        var hypotheses = ComponentSwap.Hypotheses(Components);
        var truth = Draw(random, ComponentSwap.Prior(Components));
        spoils ??= hypotheses[truth].PredictsBad;
        var (old, @new) = (runsKnown(random, good, OldRuns), runsKnown(random, bad, NewRuns));
        List<SwapObservation> seen = [];
        var posterior = ComponentSwap.Posterior(Components, old, @new, seen);
        while (posterior.Max() < sure && seen.Count < most)
        {
            var configuration = ComponentSwap.Next(Components, old, @new, seen).Configuration;
            seen.Add(new SwapObservation(configuration, random.NextDouble() < (spoils(configuration) ? bad : good)));
            posterior = ComponentSwap.Posterior(Components, old, @new, seen);
        }

        var named = posterior.Index().MaxBy(p => p.Item).Index;
        var proofRuns = 0;
        var proven = posterior[named] >= sure
            && ComponentSwap.Proofs(Components, hypotheses[named]).All(p => IsBad(random, old, @new, spoils(p.Configuration) ? bad : good, ref proofRuns) == p.Bad);
        return new Incident(named == truth, posterior[named] >= sure, seen.Count, ComponentSwap.Fit(Components, old, @new, seen), proven, proofRuns);
    }

    private static bool IsBad(Random random, RunPrior old, RunPrior @new, double rate, ref int used)
    {
        TrialRuns runs = new(0, 0);
        for (; ; )
        {
            var decision = TrialTest.Decide([new TrialSample("failing", old, @new)], [runs], 0.01, 60);
            if (decision.Outcome is { } outcome) return outcome == TrialOutcome.Bad;
            var failures = Failures(random, rate, decision.MoreRuns);
            runs = new TrialRuns(runs.Failures + failures, runs.Passes + decision.MoreRuns - failures);
            used += decision.MoreRuns;
        }
    }

    private static Incident OneAtATime(Random random, double bad, double good)
    {
        const int Each = 9;
        var truth = ComponentSwap.Hypotheses(Components)[Draw(random, ComponentSwap.Prior(Components))];
        var runs = 0;
        const int All = (1 << Components) - 1;
        var mending = Enumerable.Range(0, Components).Where(c => IsGood(All & ~(1 << c))).Sum(c => 1 << c);
        var named = mending == 0
            ? IsGood(0) ? null : new SwapHypothesis(SwapCauseKind.External, 0)
            : new SwapHypothesis(int.PopCount(mending) == 1 ? SwapCauseKind.Single : SwapCauseKind.Both, mending);
        return new Incident(named == truth, named is not null, runs, 1);

        bool IsGood(int configuration)
        {
            runs += Each;
            return Failures(random, truth.PredictsBad(configuration) ? bad : good, Each) < Each * (bad + good) / 2;
        }
    }

    private static Incident Bisect(Random random, double bad, double good, Func<Random, double, int, RunPrior> runsKnown, bool suspicion)
    {
        var culprit = 1 + random.Next(Commits - 1);
        var weights = Enumerable.Range(1, Commits - 1).Select(c => !suspicion || random.NextDouble() >= (c == culprit ? 0.7 : 0.15) ? 1.0 : 8).ToList();
        var prior = Bisection.Prior(weights, 0);
        var (old, @new) = (runsKnown(random, good, OldRuns), runsKnown(random, bad, NewRuns));
        List<BisectObservation> seen = [];
        var posterior = Bisection.Posterior(Commits, prior, old, @new, seen);
        while (posterior.Max() < 0.95 && seen.Count < MostRuns)
        {
            var commit = Bisection.Next(Commits, prior, old, @new, seen).Commit;
            seen.Add(new BisectObservation(commit, random.NextDouble() < (commit >= culprit ? bad : good)));
            posterior = Bisection.Posterior(Commits, prior, old, @new, seen);
        }

        return new Incident(posterior[culprit - 1] == posterior.Max(), true, seen.Count, 1);
    }

    private static RunPrior Warm(Random random, double rate, int runs)
    {
        var failures = Failures(random, rate, runs);
        return RunPrior.FromRuns(failures, runs - failures);
    }

    // So many runs that nothing more is learned of the rate.
    private static RunPrior Known(Random random, double rate, int runs) => new(rate * 1e6, (1 - rate) * 1e6);

    private static int Failures(Random random, double rate, int runs) => Enumerable.Range(0, runs).Count(_ => random.NextDouble() < rate);

    private static int Draw(Random random, IReadOnlyList<double> weights)
    {
        var left = random.NextDouble();
        for (var i = 0; i < weights.Count - 1; i++)
        {
            if ((left -= weights[i]) < 0) return i;
        }

        return weights.Count - 1;
    }

    private static List<Incident> Many(int incidents, Func<Random, Incident> one) => [.. Enumerable.Range(1, incidents).Select(seed => one(new Random(seed)))];

    private static string Right(List<Incident> cell) => Percent(cell, i => i.Right);

    private static string Percent(List<Incident> cell, Func<Incident, bool> counted)
    {
        var share = cell.Average(i => counted(i) ? 1.0 : 0);
        return string.Create(CultureInfo.InvariantCulture, $"{100 * share:0.0} ({100 * Math.Sqrt(share * (1 - share) / cell.Count):0.0})");
    }

    private static string Runs(List<Incident> cell) => Mean(cell, i => i.Runs);

    private static string Mean(List<Incident> cell, Func<Incident, int> runs)
    {
        var mean = cell.Average(i => (double)runs(i));
        return string.Create(CultureInfo.InvariantCulture, $"{mean:0.0} ({Math.Sqrt(cell.Average(i => (runs(i) - mean) * (runs(i) - mean)) / cell.Count):0.0})");
    }
}

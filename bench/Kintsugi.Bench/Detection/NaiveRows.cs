using System.Globalization;
using System.Text;
using Kintsugi.Evaluation.Detection;
using Kintsugi.Tests.Evaluation.Detection;

namespace Kintsugi.Bench.Detection;

/// <summary>What goes wrong without each rule.</summary>
internal static class NaiveRows
{
    private const int N = 100;
    private const int InARow = 20;
    private const int MostBlessings = 20;
    private static readonly GateSettings Plain = new(null, 0.05, 0.10, 0.05, 3);

    private delegate bool Alarms(List<SimulatedSample> samples, Random random);

    public static void Write(StringBuilder table, int deployments)
    {
        table.AppendLine("## Why the rules are what they are").AppendLine();
        table.AppendLine(CultureInfo.InvariantCulture, $"Agent A, n = {N}, {deployments:N0} deployments a cell; one candidate run a sample and the exact conditional test of all of them at 0.05, but for what the row changes.").AppendLine();
        table.AppendLine("| variant | false alarms % (SE) | odds ×3 found % | the rule |").AppendLine("|---|---|---|---|");
        var seed = 7_000;
        foreach (var (variant, rule, alarms) in Variants())
        {
            var (nothing, threefold) = (Share(1), Share(3));
            table.AppendLine(CultureInfo.InvariantCulture, $"| {variant} | {Trials.Percent(nothing, deployments)} | {Trials.Percent(threefold, deployments)} | {rule} |");

            double Share(double odds) => Trials.Sum(deployments, seed++, 1, (trials, random, figures) =>
            {
                for (var trial = 0; trial < trials; trial++) figures[0] += alarms(SimulatedAgent.A.Draw(N, odds, random, Datasets.Overlapping, 10), random) ? 1 : 0;
            })[0];
        }

        table.AppendLine();
        Kept(table, deployments);
    }

    private static IEnumerable<(string Variant, string Rule, Alarms Alarms)> Variants()
    {
        yield return ("as it is", "", (samples, random) => Rises(Run(samples, 5, 1, random)));
        yield return ("baseline of 5 runs blessed again until it passes ≥ 92 %, at most 20 times", "bless on fresh runs; the runs that decided to bless never enter", (samples, random) => Rises(RunOnGood(samples, 5, 0.92, random)));
        yield return ("baseline of 1 run blessed again until it passes ≥ 95 %, at most 20 times", "the same", (samples, random) => Rises(RunOnGood(samples, 1, 0.95, random)));
        yield return ("a sample repeated until it fails, at most 5 times", "runs are fixed beforehand and enter as one block", (samples, random) => Rises(samples.ConvertAll(s => UntilItFails(s, random))));
        yield return ("what failed is run again and counts by its second run", "the same: safe, but blind", (samples, random) => Rises(samples.ConvertAll(s => Again(s, random))));
        yield return ("a second epoch when the first shows nothing, both at 0.05", "the second block has its own share of alpha (0.04 + 0.01)", (samples, random) => Twice(samples, 0.05, 0.05, random));
        yield return ("the same at 0.04 and 0.01", "", (samples, random) => Twice(samples, 0.04, 0.01, random));
        yield return ("half of alpha for slices", "shares of 0.4 to 0.6 of alpha for the whole, and what is not asked costs nothing", (samples, random) => ConditionalTest.PValueOfRise(Run(samples, 5, 1, random)) <= 0.025);
        yield return ("12 slices, each at 0.05", "Tarone and Holm over all slices together", (samples, random) =>
            SliceTests.Judge(Run(samples, 5, 1, random), 0.05).Any(s => s.PValue <= 0.05));
        yield return ("12 slices by Tarone and Holm at 0.05", "", (samples, random) => SliceTests.Judge(Run(samples, 5, 1, random), 0.05).Any(s => s.Rose));
        yield return ("floor 0.95: the candidate's rate is below it", "bounds are compared, not rates", (samples, random) => Rate(Run(samples, 5, 5, random)) < 0.95);
        yield return ("floor 0.92: the candidate's upper bound is below it", "and the baseline's lower bound is not", (samples, random) => Below(Run(samples, 5, 5, random), 0.92, 0.005));
        yield return ("floor 0.88 over all runs, n = 400, the hardest tenth is critical and runs 5 times, the others once", "each sample weighs the same", (samples, random) =>
            FloorByRuns(CriticalOften(samples[0], random), 0.88, 0.005));
        yield return ("the gate's floor 0.88 on such runs", "", (samples, random) =>
            Gate.Judge(CriticalOften(samples[0], random), 4 * N, Plain with { Floor = 0.88 }).FloorBroken);
    }

    /// <summary>Deployments that are held against one baseline after another.</summary>
    private static void Kept(StringBuilder table, int deployments)
    {
        table.AppendLine(CultureInfo.InvariantCulture, $"A baseline that was lucky alarms again and again for as long as it is kept. {InARow} unchanged deployments in a row of one agent, K = 5, the whole plan, no slices; {deployments:N0} deployments a cell, % called regressed:").AppendLine();
        table.AppendLine("| agent | n | blessed anew after healthy only | and after an alarm that was none | after each deployment |").AppendLine("|---|---|---|---|---|");
        var seed = 8_000;
        foreach (var agent in new[] { SimulatedAgent.A, SimulatedAgent.C })
        {
            foreach (var n in new[] { 24, 60, 100 })
            {
                List<string> cells = [];
                foreach (var kept in new VerdictKind[][] { [VerdictKind.Insufficient, VerdictKind.Regressed], [VerdictKind.Insufficient], [] })
                {
                    var alarms = Trials.Sum(deployments, seed++, 1, (trials, random, figures) =>
                    {
                        var gate = new SimulatedGate(Plain);
                        for (var trial = 0; trial < trials;)
                        {
                            var samples = agent.Draw(n, 1, random);
                            var blessed = gate.Bless(samples, random);
                            for (var i = 0; i < InARow && trial < trials; i++, trial++)
                            {
                                var kind = gate.Deploy(samples, blessed, random).Kind;
                                figures[0] += kind == VerdictKind.Regressed ? 1 : 0;
                                if (!kept.Contains(kind)) blessed = gate.Bless(samples, random);
                            }
                        }
                    })[0];
                    cells.Add(string.Create(CultureInfo.InvariantCulture, $"{100 * alarms / deployments:0.0}"));
                }

                table.AppendLine(CultureInfo.InvariantCulture, $"| {agent.Name} | {n} | {string.Join(" | ", cells)} |");
            }
        }

        table.AppendLine();
    }

    private static bool Rises(List<SampleCounts> counts) => ConditionalTest.PValueOfRise(counts) <= 0.05;

    private static List<SampleCounts> Run(List<SimulatedSample> samples, int cached, int epochs, Random random) =>
        samples.ConvertAll(s => s.Run(SimulatedSample.Draw(random, s.Before, cached), cached, epochs, random));

    private static List<SampleCounts> RunOnGood(List<SimulatedSample> samples, int cached, double wanted, Random random)
    {
        for (var blessing = 1; ; blessing++)
        {
            var counts = Run(samples, cached, 1, random);
            if (blessing == MostBlessings || 1 - ((double)counts.Sum(c => c.BaselineFailures) / (cached * counts.Count)) >= wanted) return counts;
        }
    }

    private static List<SampleCounts> CriticalOften(SimulatedSample one, Random random) =>
        SimulatedAgent.A.Draw(4 * N, one.After > one.Before ? 3 : 1, random, critical: 4 * N / 10)
            .ConvertAll(s => s.Run(SimulatedSample.Draw(random, s.Before, 5), 5, s.IsCritical ? 5 : 1, random));

    private static SampleCounts UntilItFails(SimulatedSample sample, Random random)
    {
        var counts = sample.Run(SimulatedSample.Draw(random, sample.Before, 5), 5, 1, random);
        while (counts is { CandidateFailures: 0, CandidateRuns: < 5 })
            counts = counts with { CandidateFailures = SimulatedSample.Draw(random, sample.After, 1), CandidateRuns = counts.CandidateRuns + 1 };
        return counts;
    }

    private static SampleCounts Again(SimulatedSample sample, Random random)
    {
        var counts = sample.Run(SimulatedSample.Draw(random, sample.Before, 5), 5, 1, random);
        return counts.CandidateFailures == 0 ? counts : counts with { CandidateFailures = SimulatedSample.Draw(random, sample.After, 1) };
    }

    private static bool Twice(List<SimulatedSample> samples, double first, double second, Random random)
    {
        var counts = Run(samples, 5, 1, random);
        return ConditionalTest.PValueOfRise(counts) <= first || ConditionalTest.PValueOfRise(
            [.. counts.Zip(samples, (c, s) => c with { CandidateFailures = c.CandidateFailures + SimulatedSample.Draw(random, s.After, 1), CandidateRuns = 2 })]) <= second;
    }

    private static double Rate(List<SampleCounts> counts) => 1 - ((double)counts.Sum(c => c.CandidateFailures) / counts.Sum(c => c.CandidateRuns));

    private static bool Below(List<SampleCounts> counts, double floor, double share)
    {
        var runs = counts.Sum(c => c.CandidateRuns);
        return RateInterval.Upper(runs - counts.Sum(c => c.CandidateFailures), runs, share) < floor;
    }

    private static bool FloorByRuns(List<SampleCounts> counts, double floor, double share)
    {
        var cached = counts.Sum(c => c.BaselineRuns);
        return Below(counts, floor, share) && RateInterval.Lower(cached - counts.Sum(c => c.BaselineFailures), cached, share) >= floor;
    }
}

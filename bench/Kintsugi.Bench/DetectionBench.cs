using System.Globalization;
using System.Text;
using Kintsugi.Evaluation.Detection;
using MathNet.Numerics.Distributions;

namespace Kintsugi.Bench;

/// <summary>False alarms and power of the fixed-sample gate on simulated agents.</summary>
public static class DetectionBench
{
    private static readonly GateSettings Settings = new(0.95, 0.05, 0.10, 0.05, 3);

    /// <param name="args">Optional: deployments a cell (20,000; a tenth of it where the rise is bounded too), file to write.</param>
    public static int Run(string[] args)
    {
        var deployments = args.Length > 0 ? int.Parse(args[0], CultureInfo.InvariantCulture) : 20_000;
        var table = new StringBuilder();
        table.AppendLine("# The fixed-sample gate on simulated agents").AppendLine();
        table.AppendLine("K = 5 cached baseline runs. A: 60 % of the samples fail 1 %, 25 % 10 %, 15 % 40 %. B: pass rates Beta(0.618, 0.854). green: 90 % fail 0.2 %, 7 % 2 %, 3 % 20 %. Samples independent, rates of A and green drawn per sample.").AppendLine();
        table.AppendLine(CultureInfo.InvariantCulture, $"## The conditional test alone, alpha 0.05, one candidate run a sample, {deployments} deployments a cell").AppendLine();
        table.AppendLine("| agent | n | change | alarms % (SE) | ×3 excluded % (SE) |").AppendLine("|---|---|---|---|---|");
        var seed = 1;
        foreach (var agent in new[] { "A", "B", "green" })
        {
            foreach (var (n, odds) in new[] { (60, 1.0), (100, 1.0), (60, 3.0), (100, 3.0), (100, 5.0) })
            {
                var random = new Random(seed++);
                int alarms = 0, excluded = 0;
                for (var d = 0; d < deployments; d++)
                {
                    var counts = Deploy(agent, n, 1, odds, random);
                    alarms += ConditionalTest.PValueOfRise(counts) <= 0.05 ? 1 : 0;
                    excluded += counts.Any(c => c.Informative) && ConditionalTest.PValueOfExclusion(counts, 3) <= 0.10 ? 1 : 0;
                }

                table.AppendLine(CultureInfo.InvariantCulture,
                    $"| {agent} | {n} | {(odds == 1 ? "none" : $"odds ×{odds}")} | {Percent(alarms, deployments)} | {Percent(excluded, deployments)} |");
            }
        }

        var judged = Math.Max(1, deployments / 10);
        table.AppendLine().AppendLine(CultureInfo.InvariantCulture, $"## The whole gate (floor 0.95, margin 0.05, odds 3, beta 0.10), five epochs, {judged} deployments a cell").AppendLine();
        table.AppendLine("| agent | n | change | healthy % | regressed % | flaky % | insufficient % | bound below the true rise % |").AppendLine("|---|---|---|---|---|---|---|---|");
        foreach (var agent in new[] { "perfect", "green", "A", "B" })
        {
            foreach (var (n, odds) in new[] { (24, 1.0), (60, 1.0), (60, 3.0) })
            {
                if (agent == "perfect" && odds > 1) continue;
                var random = new Random(seed++);
                var kinds = new int[5];
                var missed = 0;
                for (var d = 0; d < judged; d++)
                {
                    var rates = Rates(agent, n, random);
                    var worse = rates.Select(p => odds * p / (1 - p + (odds * p))).ToArray();
                    var verdict = Gate.Judge(Draw(rates, worse, 5, random), n, Settings);
                    kinds[(int)verdict.Kind]++;
                    missed += verdict.RiseUpperBound < worse.Average() - rates.Average() ? 1 : 0;
                }

                table.AppendLine(CultureInfo.InvariantCulture,
                    $"| {agent} | {n} | {(odds == 1 ? "none" : $"odds ×{odds}")} | {Percent(kinds[0], judged)} | {Percent(kinds[1], judged)} | {Percent(kinds[2], judged)} | {Percent(kinds[3], judged)} | {Percent(missed, judged)} |");
            }
        }

        Console.Write(table);
        if (args.Length > 1) File.WriteAllText(args[1], table.ToString());
        return 0;
    }

    private static List<SampleCounts> Deploy(string agent, int n, int epochs, double odds, Random random)
    {
        var rates = Rates(agent, n, random);
        return Draw(rates, [.. rates.Select(p => odds * p / (1 - p + (odds * p)))], epochs, random);
    }

    private static List<SampleCounts> Draw(double[] before, double[] after, int epochs, Random random) =>
        [.. before.Select((p, i) => new SampleCounts($"{i}", Failures(random, p, 5), 5, Failures(random, after[i], epochs), epochs))];

    private static int Failures(Random random, double rate, int runs)
    {
        var failures = 0;
        for (var i = 0; i < runs; i++) failures += random.NextDouble() < rate ? 1 : 0;
        return failures;
    }

    private static double[] Rates(string agent, int n, Random random) => [.. Enumerable.Range(0, n).Select(_ => Rate(agent, random))];

    private static double Rate(string agent, Random random)
    {
        var u = random.NextDouble();
        return agent switch
        {
            "perfect" => 0,
            "green" => u < 0.9 ? 0.002 : u < 0.97 ? 0.02 : 0.2,
            "A" => u < 0.6 ? 0.01 : u < 0.85 ? 0.1 : 0.4,
            _ => 1 - Beta.Sample(random, 0.618, 0.854),
        };
    }

    private static string Percent(int count, int of)
    {
        var share = (double)count / of;
        return string.Create(CultureInfo.InvariantCulture, $"{100 * share:0.0} ({100 * Math.Sqrt(share * (1 - share) / of):0.0})");
    }
}

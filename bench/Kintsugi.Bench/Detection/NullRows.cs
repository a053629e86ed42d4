using System.Globalization;
using System.Text;
using Kintsugi.Evaluation.Detection;
using Kintsugi.Tests.Evaluation.Detection;

namespace Kintsugi.Bench.Detection;

/// <summary>How often the whole gate calls an unchanged agent regressed.</summary>
internal static class NullRows
{
    private static readonly int[] Sizes = [24, 60, 100, 200];

    public static void Write(StringBuilder table, Targets targets, int deployments)
    {
        table.AppendLine("## False alarms of the whole gate").AppendLine();
        table.AppendLine(CultureInfo.InvariantCulture, $"{deployments:N0} deployments a cell, nothing changed: % called regressed / % called healthy; the rest is insufficient or flaky. Epochs planned from the baseline (1 to 5), waves in random order that end early, second block, every question that the column names. One standard error is at most {100 * Math.Sqrt(0.05 * 0.95 / deployments):0.00} points. The floor is the agent's own mean pass rate, where chance crosses it most easily. *critical* are the tenth of the samples that fail most often. *after a PASS*: only deployments whose forerunner was healthy, held against a baseline blessed then on fresh runs.").AppendLine();
        table.AppendLine("| agent | n | plain, K = 5 | 5 disjoint slices, floor | 12 tags, critical, floor | the same, K = 1 | the same, fast | the same, after a PASS |").AppendLine("|---|---|---|---|---|---|---|---|");
        var seed = 1_000;
        var (worst, worstUpper, worstCell) = (0.0, 0.0, "");
        foreach (var agent in SimulatedAgent.All)
        {
            foreach (var n in Sizes)
            {
                var plain = new GateSettings(null, 0.05, 0.10, 0.05, 3);
                var sliced = plain with { Floor = agent.MeanPassRate, BySlice = true };
                var all = sliced with { HasCritical = true };
                List<double[]> cells =
                [
                    Cell(agent, n, deployments, seed++, () => new SimulatedGate(plain)),
                    Cell(agent, n, deployments, seed++, () => new SimulatedGate(sliced), Datasets.Disjoint),
                    Cell(agent, n, deployments, seed++, () => new SimulatedGate(all), Datasets.Overlapping, n / 10),
                    Cell(agent, n, deployments, seed++, () => new SimulatedGate(all, cachedRuns: 1), Datasets.Overlapping, n / 10),
                    Cell(agent, n, deployments, seed++, () => new SimulatedGate(all, isFast: true), Datasets.Overlapping, n / 10),
                    Cell(agent, n, deployments, seed++, () => new SimulatedGate(all), Datasets.Overlapping, n / 10, afterPass: true),
                ];
                table.AppendLine(CultureInfo.InvariantCulture, $"| {agent.Name} | {n} | {string.Join(" | ", cells.Select(c => string.Create(CultureInfo.InvariantCulture, $"{100 * c[0] / deployments:0.00} / {100 * c[1] / deployments:0}")))} |");
                foreach (var (i, cell) in cells.Index().Where(c => c.Item[0] / deployments > worst))
                    (worst, worstUpper, worstCell) = (cell[0] / deployments, Trials.UpperPercent(cell[0], deployments), string.Create(CultureInfo.InvariantCulture, $"{agent.Name}, n = {n}, column {i + 1}"));
            }
        }

        table.AppendLine();
        targets.Hold(
            "false alarms of the whole gate ≤ 5 % in every null cell, upper 95 % bound ≤ 5.3 %",
            string.Create(CultureInfo.InvariantCulture, $"at most {100 * worst:0.00} %, bound {worstUpper:0.00} % ({worstCell})"), worst <= 0.05 && worstUpper <= 5.3);
    }

    /// <returns>Alarms, and healthy verdicts.</returns>
    private static double[] Cell(
        SimulatedAgent agent, int n, int deployments, int seed, Func<SimulatedGate> gateOf, Func<int, IReadOnlyList<string>>? slicesOf = null, int critical = 0, bool afterPass = false) =>
        Trials.Sum(deployments, seed, 2, (trials, random, figures) =>
        {
            var gate = gateOf();
            for (var trial = 0; trial < trials; trial++)
            {
                var samples = agent.Draw(n, 1, random, slicesOf, critical);
                while (afterPass && gate.Deploy(samples, random).Kind != VerdictKind.Healthy) samples = agent.Draw(n, 1, random, slicesOf, critical);
                var kind = gate.Deploy(samples, random).Kind;
                figures[0] += kind == VerdictKind.Regressed ? 1 : 0;
                figures[1] += kind == VerdictKind.Healthy ? 1 : 0;
            }
        });
}

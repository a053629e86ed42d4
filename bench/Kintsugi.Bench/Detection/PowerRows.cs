using System.Globalization;
using System.Text;
using Kintsugi.Evaluation.Detection;
using Kintsugi.Tests.Evaluation.Detection;

namespace Kintsugi.Bench.Detection;

/// <summary>What the gate finds, how soon, and what ending early saves.</summary>
internal static class PowerRows
{
    private const int N = 100;
    private const int Cached = 5;
    private const int DeploymentsOfABaseline = 20;
    private static readonly SequentialPlan Plan = new(0.05, 0.10, 3, SpendingKind.OBrienFleming, MayExclude: true, N);
    private static readonly GateSettings Plain = new(null, 0.05, 0.10, 0.05, 3);
    private static readonly GateSettings All = new(0.9, 0.05, 0.10, 0.05, 3) { BySlice = true, HasCritical = true };

    public static void Write(StringBuilder table, Targets targets, int deployments)
    {
        var (power, runs) = Alone(table, targets, deployments);
        McNemar(table, targets, deployments, power, runs);
        Composite(table, targets, Math.Max(1, deployments / 5));
        Healthy(table, targets, Math.Max(1, deployments / 5));
        Slices(table, targets, Math.Max(1, deployments / 5));
    }

    private static (double Power, double Runs) Alone(StringBuilder table, Targets targets, int deployments)
    {
        table.AppendLine("## The test over all samples alone").AppendLine();
        table.AppendLine(CultureInfo.InvariantCulture, $"Alpha 0.05, beta 0.10 at odds ×3, O'Brien–Fleming; n = {N}, K = {Cached}, one candidate run a sample, a look after each; {deployments:N0} deployments a cell.").AppendLine();
        table.AppendLine("| agent | change | rise shown % (SE) | ×3 excluded % (SE) | mean runs | rise shown by all runs at once % |").AppendLine("|---|---|---|---|---|---|");
        (double Power, double Runs) atThree = default;
        var seed = 2_000;
        foreach (var agent in new[] { SimulatedAgent.A, SimulatedAgent.B, SimulatedAgent.Green })
        {
            foreach (var odds in new[] { 1.0, 3, 5 })
            {
                var sums = Trials.Sum(deployments, seed++, 4, (trials, random, figures) =>
                {
                    for (var trial = 0; trial < trials; trial++)
                    {
                        var counts = Once(agent.Draw(N, odds, random), random);
                        var path = SequentialTest.Decide(counts, Plan);
                        figures[0] += path.Kind == SequentialKind.Rise ? 1 : 0;
                        figures[1] += path.Kind == SequentialKind.Excluded ? 1 : 0;
                        figures[2] += path.Looks[^1].Samples;
                        figures[3] += ConditionalTest.PValueOfRise(counts) <= Plan.Alpha ? 1 : 0;
                    }
                });
                table.AppendLine(CultureInfo.InvariantCulture, $"| {agent.Name} | {Change(odds)} | {Trials.Percent(sums[0], deployments)} | {Trials.Percent(sums[1], deployments)} | {sums[2] / deployments:0.0} | {Trials.Percent(sums[3], deployments)} |");
                if (agent == SimulatedAgent.A && odds == 3) atThree = (sums[0] / deployments, sums[2] / deployments);
            }
        }

        table.AppendLine();
        targets.Hold("power of the test alone at odds ×3 ≥ 84 % in ≤ 66 runs (A, n = 100, K = 5)", string.Create(CultureInfo.InvariantCulture, $"{100 * atThree.Power:0.0} % in {atThree.Runs:0.0} runs"), atThree.Power >= 0.84 && atThree.Runs <= 66);
        return atThree;
    }

    private static void McNemar(StringBuilder table, Targets targets, int deployments, double power, double runs)
    {
        table.AppendLine("## Agent runs at equal power").AppendLine();
        table.AppendLine(CultureInfo.InvariantCulture, $"Exact one-sided McNemar on fresh pairs, alpha 0.05, agent A at odds ×3, {deployments:N0} deployments a cell. The cached baseline costs K·n = {Cached * N} runs, shared by {DeploymentsOfABaseline} deployments.").AppendLine();
        table.AppendLine("| pairs | agent runs | power % (SE) |").AppendLine("|---|---|---|");
        var (pairs, reached) = (N - 10, 0.0);
        while (reached < power)
        {
            pairs += 10;
            var found = Trials.Sum(deployments, 3_000 + pairs, 1, (trials, random, figures) =>
            {
                for (var trial = 0; trial < trials; trial++)
                {
                    var counts = SimulatedAgent.A.Draw(pairs, 3, random).ConvertAll(s => s.Run(SimulatedSample.Draw(random, s.Before, 1), 1, 1, random));
                    figures[0] += ConditionalTest.PValueOfRise(counts) <= 0.05 ? 1 : 0;
                }
            })[0];
            reached = found / deployments;
            table.AppendLine(CultureInfo.InvariantCulture, $"| {pairs} | {2 * pairs} | {Trials.Percent(found, deployments)} |");
        }

        var cost = runs + ((double)Cached * N / DeploymentsOfABaseline);
        var saved = 1 - (cost / (2 * pairs));
        table.AppendLine().AppendLine(CultureInfo.InvariantCulture, $"The sequential test reaches {100 * power:0.0} % with {runs:0.0} candidate runs and {(double)Cached * N / DeploymentsOfABaseline:0} of the baseline: {100 * saved:0} % fewer than {2 * pairs} ({100 * (1 - (runs / (2 * pairs))):0} % not counting the cache).").AppendLine();
        targets.Hold($"≥ 70 % fewer agent runs than exact McNemar at equal power (baseline shared by {DeploymentsOfABaseline} deployments)", string.Create(CultureInfo.InvariantCulture, $"{100 * saved:0} % ({cost:0} against {2 * pairs})"), saved >= 0.7);
    }

    private static void Composite(StringBuilder table, Targets targets, int deployments)
    {
        table.AppendLine("## The whole gate, and the confirmation after it").AppendLine();
        table.AppendLine(CultureInfo.InvariantCulture, $"n = {N}, K = {Cached}, 12 tags, 10 critical samples, floor 0.9; {deployments:N0} deployments a cell. *one epoch* runs every sample once, the others as planned from the baseline, up to 5. *confirmed* is of all deployments: the gate alarms and fresh pairs confirm it. *saved* by waves that end early, of the runs of the blocks in full.").AppendLine();
        table.AppendLine("| agent | change | gate | regressed % (SE) | healthy % (SE) | confirmed % (SE) | candidate runs | saved % |").AppendLine("|---|---|---|---|---|---|---|---|");
        var seed = 4_000;
        foreach (var agent in new[] { SimulatedAgent.A, SimulatedAgent.Green })
        {
            foreach (var odds in new[] { 1.0, 3, 5 })
            {
                foreach (var (name, epochs, fast) in new[] { ("one epoch", 1, false), ("as planned", 5, false), ("fast", 5, true) })
                {
                    var sums = Trials.Sum(deployments, seed++, 5, (trials, random, figures) =>
                    {
                        var gate = new SimulatedGate(All, Cached, 1, epochs, fast);
                        for (var trial = 0; trial < trials; trial++)
                        {
                            var samples = agent.Draw(N, odds, random, Datasets.Overlapping, 10);
                            var end = gate.Deploy(samples, random);
                            figures[0] += end.Kind == VerdictKind.Regressed ? 1 : 0;
                            figures[1] += end.Kind == VerdictKind.Healthy ? 1 : 0;
                            figures[2] += end.Runs;
                            figures[3] += end.PlannedRuns;
                            figures[4] += end.Kind == VerdictKind.Regressed && IsConfirmed(samples, end, random) ? 1 : 0;
                        }
                    });
                    table.AppendLine(CultureInfo.InvariantCulture, $"| {agent.Name} | {Change(odds)} | {name} | {Trials.Percent(sums[0], deployments)} | {Trials.Percent(sums[1], deployments)} | {Trials.Percent(sums[4], deployments)} | {sums[2] / deployments:0} | {100 * (1 - (sums[2] / sums[3])):0} |");
                    if (agent == SimulatedAgent.A && odds == 3 && name == "as planned")
                        targets.Hold("gate and confirmation together find odds ×3 ≥ 80 % (A, n = 100)", $"{Trials.Percent(sums[4], deployments)} %, with {sums[2] / deployments:0} runs of the gate", sums[4] / deployments >= 0.8);
                    if (agent == SimulatedAgent.A && odds == 1 && name == "as planned")
                        targets.Hold("false actions (gate and confirmation, nothing changed) ≤ 0.25 %", $"{Trials.Percent(sums[4], deployments)} %", sums[4] / deployments <= 0.0025);
                }
            }
        }

        table.AppendLine();
    }

    private static void Healthy(StringBuilder table, Targets targets, int deployments)
    {
        table.AppendLine("## Healthy agents").AppendLine();
        table.AppendLine(CultureInfo.InvariantCulture, $"Nothing changed, n = 60, K = 5, the whole plan of up to five epochs, no slices, {deployments:N0} deployments a cell.").AppendLine();
        table.AppendLine("| agent | healthy % (SE) | regressed % | candidate runs |").AppendLine("|---|---|---|---|");
        var seed = 5_000;
        foreach (var agent in new[] { SimulatedAgent.Perfect, SimulatedAgent.Green, SimulatedAgent.A })
        {
            var sums = Trials.Sum(deployments, seed++, 3, (trials, random, figures) =>
            {
                var gate = new SimulatedGate(Plain);
                for (var trial = 0; trial < trials; trial++)
                {
                    var end = gate.Deploy(agent.Draw(60, 1, random), random);
                    figures[0] += end.Kind == VerdictKind.Healthy ? 1 : 0;
                    figures[1] += end.Kind == VerdictKind.Regressed ? 1 : 0;
                    figures[2] += end.Runs;
                }
            });
            table.AppendLine(CultureInfo.InvariantCulture, $"| {agent.Name} | {Trials.Percent(sums[0], deployments)} | {Trials.Percent(sums[1], deployments)} | {sums[2] / deployments:0} |");
            targets.Hold($"{agent.Name} at n = 60 is healthy ≥ 90 % within five epochs", $"{Trials.Percent(sums[0], deployments)} %", sums[0] / deployments >= 0.9);
        }

        table.AppendLine();
    }

    private static void Slices(StringBuilder table, Targets targets, int deployments)
    {
        table.AppendLine("## Damage to a few samples").AppendLine();
        table.AppendLine(CultureInfo.InvariantCulture, $"Agent A, n = {N}, K = {Cached}, no floor; broken samples keep a tenth of their pass rate, the critical one fails always; {deployments:N0} deployments a cell.").AppendLine();
        table.AppendLine("| damage | gate | found % (SE) |").AppendLine("|---|---|---|");
        var seed = 6_000;
        foreach (var damage in new Damage[]
        {
            new("10 of 100, a slice of their own", IsTagged: true), new("10 of 100, no slice"),
            new("one critical sample of 10 that fail 1 %", Critical: 10, CriticalRate: 0.01), new("one critical sample of 10 like the others", Critical: 10),
        })
        {
            foreach (var epochs in new[] { 1, 5 })
            {
                var found = Trials.Sum(deployments, seed++, 1, (trials, random, figures) =>
                {
                    var gate = new SimulatedGate(Plain with { BySlice = damage.IsTagged, HasCritical = damage.Critical > 0 }, Cached, 1, epochs);
                    for (var trial = 0; trial < trials; trial++)
                        figures[0] += gate.Deploy([.. SimulatedAgent.A.Draw(N, 1, random).Select(damage.Do)], random).Kind == VerdictKind.Regressed ? 1 : 0;
                })[0];
                table.AppendLine(CultureInfo.InvariantCulture, $"| {damage.Name} | {(epochs == 1 ? "one epoch" : "as planned")} | {Trials.Percent(found, deployments)} |");
                if (damage.IsTagged && epochs == 5) targets.Hold("a tagged tenth of 100 samples broken outright is found ≥ 90 %", $"{Trials.Percent(found, deployments)} %", found / deployments >= 0.9);
            }
        }

        table.AppendLine();
    }

    private static bool IsConfirmed(List<SimulatedSample> samples, SimulatedDeployment end, Random random)
    {
        var plan = Confirmation.Choose(end.Counts, end.Judge(), random);
        var chosen = samples.Where(s => plan.Samples.Contains(s.Id)).ToList();
        List<IReadOnlyList<PairOutcome>> rounds = [];
        ConfirmationKind kind;
        do
        {
            rounds.Add([.. chosen.Select(s => new PairOutcome(s.Id, random.NextDouble() < s.Before, random.NextDouble() < s.After))]);
            kind = Confirmation.Decide(plan, rounds).Kind;
        }
        while (kind == ConfirmationKind.Continue);
        return kind == ConfirmationKind.Confirmed;
    }

    private static List<SampleCounts> Once(List<SimulatedSample> samples, Random random) =>
        samples.ConvertAll(s => s.Run(SimulatedSample.Draw(random, s.Before, Cached), Cached, 1, random));

    private static string Change(double odds) => odds == 1 ? "none" : string.Create(CultureInfo.InvariantCulture, $"odds ×{odds}");

    /// <summary>What broke: ten samples that keep a tenth of their pass rate, or the first of so many critical ones, which fails always.</summary>
    /// <param name="CriticalRate">At which the critical samples failed before; as the others' where it is null.</param>
    private sealed record Damage(string Name, bool IsTagged = false, int Critical = 0, double? CriticalRate = null)
    {
        public SimulatedSample Do(SimulatedSample sample, int i)
        {
            var before = i < Critical && CriticalRate is { } rate ? rate : sample.Before;
            return sample with
            {
                Before = before,
                After = Critical > 0 ? (i == 0 ? 1 : before) : i < 10 ? 1 - (0.1 * (1 - before)) : before,
                Slices = !IsTagged ? [] : i < 10 ? ["broken"] : Datasets.Disjoint(i),
                IsCritical = i < Critical,
            };
        }
    }
}

using System.Globalization;
using System.Text;
using Kintsugi.Evaluation.Detection;
using Kintsugi.Tests.Evaluation.Detection;

namespace Kintsugi.Bench.Detection;

/// <summary>Whether three attempts let a bad fix through, and how often a perfect one passes.</summary>
internal static class AcceptanceRows
{
    private const int Attempts = 3;
    private const double Beta = 0.10;
    private const double BeyondDoubt = 0.001;

    public static void Write(StringBuilder table, Targets targets, int trials)
    {
        table.AppendLine("## Acceptance of a fix").AppendLine();
        table.AppendLine(CultureInfo.InvariantCulture, $"As a repair accepts: all samples against the last good version at beta {Beta} (a third of it when the attempt repeats a doubted one), the held-out ones alone, five epochs, at a third of it; K = 5, margin 0.05, fresh runs for each attempt; {trials:N0} repairs a cell. Up to {Attempts} attempts with the same fix: the next follows only where nothing but an alarm in doubt (p > {BeyondDoubt}) refused. *full*: the held-out samples passed by themselves; *partial*: they could not tell. *three tries*: accepted in any of {Attempts} attempts however the one before ended. Green at odds ×3 fails 1.4 points more often: within the margin, so that to accept it is no error.").AppendLine();
        table.AppendLine("| agent | samples | held out | fix | accepted % (SE) | full % (SE) | three tries % (SE) | three tries full % (SE) |").AppendLine("|---|---|---|---|---|---|---|---|");
        var seed = 10_000;
        foreach (var agent in new[] { SimulatedAgent.A, SimulatedAgent.Green })
        {
            foreach (var (n, heldOut) in new[] { (80, 24), (100, 30) })
            {
                foreach (var odds in new[] { 1.0, 3 })
                {
                    var sums = Trials.Sum(trials, seed++, 4, (count, random, figures) =>
                    {
                        for (var trial = 0; trial < count; trial++) Repair(agent.Draw(n, odds, random), heldOut, random, figures);
                    });
                    table.AppendLine(CultureInfo.InvariantCulture, $"| {agent.Name} | {n} | {heldOut} | {(odds == 1 ? "perfect" : "still odds ×3")} | {Trials.Percent(sums[0], trials)} | {Trials.Percent(sums[1], trials)} | {Trials.Percent(sums[2], trials)} | {Trials.Percent(sums[3], trials)} |");
                    if (agent == SimulatedAgent.A && odds == 3 && n == 80)
                        targets.Hold("a fix that still fails at odds ×3 is accepted in any of three attempts ≤ 5 % (A, 24 of 80 held out)", $"{Trials.Percent(sums[2], trials)} %", sums[2] / trials <= 0.05);
                }
            }
        }

        table.AppendLine();
    }

    private static void Repair(List<SimulatedSample> samples, int heldOut, Random random, double[] figures)
    {
        var blessed = samples.ConvertAll(s => SimulatedSample.Draw(random, s.Before, 5));
        var (mayGoOn, repeats, accepted, full, everAccepted, everFull) = (true, false, false, false, false, false);
        for (var attempt = 0; attempt < Attempts; attempt++)
        {
            List<SampleCounts> counts = [.. samples.Select((s, i) => s.Run(blessed[i], 5, 5, random))];
            var all = Acceptance.Judge(counts, 3, 0.05, repeats ? Beta / Attempts : Beta);
            var apart = Acceptance.Judge(counts[..heldOut], 3, 0.05, Beta / Attempts);
            var passed = all.Kind == AcceptanceKind.Pass && apart.Kind != AcceptanceKind.Fail;
            everAccepted |= passed;
            everFull |= passed && apart.Kind == AcceptanceKind.Pass;
            if (!mayGoOn) continue;
            accepted = passed;
            full = passed && apart.Kind == AcceptanceKind.Pass;
            repeats = !passed && all.Kind != AcceptanceKind.Undecided && all.PValueOfRise > BeyondDoubt && apart.PValueOfRise > BeyondDoubt;
            mayGoOn = repeats;
        }

        figures[0] += accepted ? 1 : 0;
        figures[1] += full ? 1 : 0;
        figures[2] += everAccepted ? 1 : 0;
        figures[3] += everFull ? 1 : 0;
    }
}

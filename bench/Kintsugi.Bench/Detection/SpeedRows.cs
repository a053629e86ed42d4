using System.Globalization;
using System.Text;
using Kintsugi.Evaluation.Detection;
using Kintsugi.Tests.Evaluation.Detection;

namespace Kintsugi.Bench.Detection;

/// <summary>What a verdict costs, up to a million samples.</summary>
internal static class SpeedRows
{
    private const int Million = 1_000_000;
    private static readonly string[] Tags = [.. Enumerable.Range(0, 12).Select(t => $"tag{t}")];

    public static void Write(StringBuilder table, Targets targets)
    {
        table.AppendLine("## Speed").AppendLine();
        table.AppendLine("A whole verdict (`Gate.Judge`: a look after each sample, which are 200 above 10,000; 12 tags of which each sample has two; critical samples, floor, bound of the rise) of agent A, K = 5, at odds ×1.01, so that no look decides soon; each row is one draw, which may be a false alarm; best of three, one core, beside other work. Memory: the managed heap at its peak while judging, garbage included, beyond the counts themselves. A step of the search for a commit among 10,000 is measured by `triage` ([triage.md](triage.md)).").AppendLine();
        table.AppendLine("| samples | epochs | verdict | CPU ms | memory MB |").AppendLine("|---|---|---|---|---|");
        foreach (var (n, epochs) in new[] { (100, 5), (1_000, 5), (10_000, 5), (100_000, 5), (Million, 1), (Million, 5) })
        {
            var counts = Counts(n, epochs);
            var (best, peak) = (double.MaxValue, 0.0);
            Verdict? verdict = null;
            for (var run = 0; run < 3; run++)
            {
                GC.Collect();
                using var watched = new PeakMemory();
                var started = Usage.OwnCpuSeconds;
                verdict = Gate.Judge(counts, n, new GateSettings(0.9, 0.05, 0.10, 0.05, 1.01) { BySlice = true, HasCritical = true }, lookEvery: 1);
                best = Math.Min(best, 1000 * (Usage.OwnCpuSeconds - started));
                peak = Math.Max(peak, watched.Megabytes);
            }

            table.AppendLine(CultureInfo.InvariantCulture, $"| {n:N0} | {epochs} | {verdict!.Kind} | {best:0.#} | {peak:0} |");
            if (n == Million) targets.Hold($"verdict over 1,000,000 samples × {epochs}: ≤ 1 s, ≤ 200 MB", $"{best / 1000:0.00} s CPU, {peak:0} MB", best <= 1000 && peak <= 200);
        }

        table.AppendLine();
    }

    private static List<SampleCounts> Counts(int n, int epochs)
    {
        var random = new Random(1);
        return
        [
            .. Enumerable.Range(0, n).Select(i =>
            {
                var rate = SimulatedAgent.A.Rate(random);
                return new SampleCounts($"s{i}", SimulatedSample.Draw(random, rate, 5), 5, SimulatedSample.Draw(random, rate, epochs), epochs)
                {
                    Slices = [Tags[i % 7], Tags[7 + (i % 5)]], IsCritical = i % 50 == 0,
                };
            }),
        ];
    }
}

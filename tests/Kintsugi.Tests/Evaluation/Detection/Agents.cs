using Kintsugi.Evaluation.Detection;
using MathNet.Numerics.Distributions;

namespace Kintsugi.Tests.Evaluation.Detection;

/// <summary>Agents with known failure rates: "golden" fails 9 % (60 % of the samples 1 %, 25 % 10 %, 15 % 40 %), "green" 0.9 % (90 % 0.2 %, 7 % 2 %, 3 % 20 %).</summary>
internal static class Agents
{
    public static double[] Golden(int n) => [.. Enumerable.Range(0, n).Select(i => i < 0.6 * n ? 0.01 : i < 0.85 * n ? 0.1 : 0.4)];

    public static double[] Green(int n) => [.. Enumerable.Range(0, n).Select(i => i < 0.9 * n ? 0.002 : i < 0.97 * n ? 0.02 : 0.2)];

    public static double[] AtOdds(double[] rates, double odds) => [.. rates.Select(p => odds * p / (1 - p + (odds * p)))];

    public static List<SampleCounts> Run(double[] baseline, double[] candidate, int cached, int epochs, Random random) =>
    [
        .. baseline.Select((p, i) => new SampleCounts(
            $"s{i:000}", Binomial.Sample(random, p, cached), cached, Binomial.Sample(random, candidate[i], epochs), epochs)),
    ];
}

using Kintsugi.Evaluation.Detection;
using MathNet.Numerics.Distributions;

namespace Kintsugi.Tests.Evaluation.Detection;

/// <summary>One sample of a simulated dataset with the rates at which it fails, blessed and deployed.</summary>
internal sealed record SimulatedSample(string Id, double Before, double After, IReadOnlyList<string> Slices, bool IsCritical)
{
    public SampleCounts Run(int blessedFailures, int blessedRuns, int epochs, Random random) =>
        new(Id, blessedFailures, blessedRuns, Draw(random, After, epochs), epochs) { Slices = Slices, IsCritical = IsCritical };

    public static int Draw(Random random, double rate, int runs)
    {
        var failures = 0;
        for (var run = 0; run < runs; run++) failures += random.NextDouble() < rate ? 1 : 0;
        return failures;
    }
}

/// <summary>An agent whose samples' failure rates are drawn anew for every deployment.</summary>
/// <param name="MeanPassRate">Where a floor is most likely to be crossed by chance.</param>
internal sealed record SimulatedAgent(string Name, double MeanPassRate, Func<Random, double> Rate)
{
    /// <summary>60 % of the samples fail 1 %, 25 % 10 %, 15 % 40 %.</summary>
    public static readonly SimulatedAgent A = new("A", 0.909, random => random.NextDouble() switch { < 0.6 => 0.01, < 0.85 => 0.1, _ => 0.4 });

    /// <summary>The moments of GPT-4o on τ-bench's airline tasks.</summary>
    public static readonly SimulatedAgent B = new("B", 0.42, random => 1 - Beta.Sample(random, 0.618, 0.854));

    public static readonly SimulatedAgent C = new("C", 0.9, random => 1 - Beta.Sample(random, 4.5, 0.5));

    public static readonly SimulatedAgent Green = new("green", 0.9908, random => random.NextDouble() switch { < 0.9 => 0.002, < 0.97 => 0.02, _ => 0.2 });

    public static readonly SimulatedAgent Perfect = new("perfect", 1, _ => 0);

    public static IReadOnlyList<SimulatedAgent> All => [A, B, C, Green, Perfect];

    /// <param name="slicesOf">By the sample's index.</param>
    /// <param name="critical">So many of the samples that fail most often are critical: the hardest case for what weighs runs.</param>
    public List<SimulatedSample> Draw(int n, double odds, Random random, Func<int, IReadOnlyList<string>>? slicesOf = null, int critical = 0)
    {
        var rates = new double[n];
        for (var i = 0; i < n; i++) rates[i] = Rate(random);
        if (critical > 0) Array.Sort(rates, (a, b) => b.CompareTo(a));
        return [.. rates.Select((p, i) => new SimulatedSample(Ids[i], p, AtOdds(p, odds), slicesOf?.Invoke(i) ?? [], i < critical))];
    }

    public static double AtOdds(double rate, double odds) => odds * rate / (1 - rate + (odds * rate));

    private static readonly string[] Ids = [.. Enumerable.Range(0, 1_000).Select(i => $"s{i:000}")];
}

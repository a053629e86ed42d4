using Kintsugi.Evaluation.Alarms;
using MathNet.Numerics.Distributions;

namespace Kintsugi.Tests.Evaluation.Alarms;

/// <summary>Simulated production errors: 40 signatures, rates exp(N(−0.5, 1.2)) an hour, a day of 1 + 0.6 sin, gamma noise of shape 2. A slice of the bench's.</summary>
internal sealed class ErrorStream(Random random)
{
    private readonly double[] _rates = [.. Enumerable.Range(0, 40).Select(_ => Math.Exp(-0.5 + (1.2 * Normal.Sample(random, 0, 1))))];

    public List<HourCounts> Week() => [.. Enumerable.Range(0, 168).Select(hour => Hour(hour))];

    /// <param name="added">Errors an hour that a fault adds to the signature s00.</param>
    public HourCounts Hour(int hour, double added = 0)
    {
        var day = 1 + (0.6 * Math.Sin(2 * Math.PI * hour / 24));
        return Alarms.Hours.At(hour, [.. _rates.Select((rate, s) => ($"s{s:00}", Poisson.Sample(random, (rate * day * Gamma.Sample(random, 2, 2)) + (s == 0 ? added : 0) + 1e-9)))]);
    }
}

internal static class Hours
{
    public static HourCounts At(int hour, params (string Signature, int Count)[] errors) =>
        new(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero).AddHours(hour), errors.ToDictionary(e => e.Signature, e => e.Count));

    /// <summary>A week in which every hour is alike.</summary>
    public static List<HourCounts> Steady(params (string Signature, int Count)[] errors) => [.. Enumerable.Range(0, 168).Select(hour => At(hour, errors))];
}

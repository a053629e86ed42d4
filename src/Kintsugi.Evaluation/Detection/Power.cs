using MathNet.Numerics.Distributions;

namespace Kintsugi.Evaluation.Detection;

/// <summary>What a dataset can detect, for planning and `dataset check`; approximate, unlike the tests.</summary>
public static class Power
{
    private const double Wanted = 0.8;

    /// <summary>The smallest rise of the failure rate, the same on every sample, that the gate sees with probability 0.8.</summary>
    /// <param name="samples">At least 1.</param>
    /// <param name="failureRate">The baseline's, in [0, 1).</param>
    /// <returns>In (0, 1 − failureRate]; 1 when even an agent that always fails would not be seen.</returns>
    /// <remarks>Normal approximation of the one-sided test of two rates. Unlike samples are told apart better than this says, effects confined to a few samples worse.</remarks>
    public static double Detectable(int samples, int baselineRuns, int epochs, double failureRate = 0.05, double alpha = 0.05)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(samples, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(baselineRuns, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(epochs, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(failureRate);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(failureRate, 1);
        double low = 0, high = 1 - failureRate;
        if (Of(high) < Wanted) return 1;
        for (var step = 0; step < 40; step++)
        {
            var middle = (low + high) / 2;
            if (Of(middle) >= Wanted) high = middle;
            else low = middle;
        }

        return high;

        double Of(double rise)
        {
            double n = (double)samples * epochs, m = (double)samples * baselineRuns, worse = failureRate + rise;
            var pooled = ((worse * n) + (failureRate * m)) / (n + m);
            var still = Math.Sqrt(pooled * (1 - pooled) * ((1 / n) + (1 / m)));
            var moved = Math.Sqrt((worse * (1 - worse) / n) + (failureRate * (1 - failureRate) / m));

            // A count moves in whole failures: the test has half of one less to show.
            var excess = rise - (0.5 / n) + (Normal.InvCDF(0, 1, alpha) * still);
            return moved == 0 ? (excess > 0 ? 1 : 0) : Normal.CDF(0, 1, excess / moved);
        }
    }
}

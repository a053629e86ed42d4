using System.Globalization;

namespace Kintsugi.Evaluation.Detection;

/// <summary>How a p-value is written for people.</summary>
public static class PValue
{
    private const double Smallest = 0.0001;

    /// <returns>`p = 0.032`, or `p &lt; 0.0001`: a probability is never shown as 0.</returns>
    public static string InWords(double value) =>
        value < Smallest ? $"p < {Smallest.ToString(CultureInfo.InvariantCulture)}" : string.Create(CultureInfo.InvariantCulture, $"p = {value:0.####}");
}

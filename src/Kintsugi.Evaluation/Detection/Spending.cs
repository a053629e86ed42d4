using MathNet.Numerics.Distributions;

namespace Kintsugi.Evaluation.Detection;

/// <summary>How much of an error may be spent by a share of the information: O'Brien–Fleming's or Pocock's boundaries as a spending function
/// (Lan and DeMets 1983, Biometrika 70, 659–663).</summary>
internal static class Spending
{
    /// <returns>2(1 − Φ(z/√t)) with z the upper error/2 quantile; exactly <paramref name="error"/> at share 1.</returns>
    public static double OBrienFleming(double share, double error) =>
        share <= 0 ? 0 : share >= 1 ? error : 2 * Normal.CDF(0, 1, Normal.InvCDF(0, 1, error / 2) / Math.Sqrt(share));

    /// <returns>error·ln(1 + (e − 1)t), which spends evenly like Pocock's boundary; exactly <paramref name="error"/> at share 1.</returns>
    public static double Pocock(double share, double error) =>
        share <= 0 ? 0 : share >= 1 ? error : error * Math.Log(1 + ((Math.E - 1) * share));

    public static double Spent(SpendingKind kind, double share, double error) =>
        kind == SpendingKind.Pocock ? Pocock(share, error) : OBrienFleming(share, error);
}

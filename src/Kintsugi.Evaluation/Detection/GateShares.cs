namespace Kintsugi.Evaluation.Detection;

/// <summary>How alpha is divided among the questions that the gate asks of the same runs, so that all together err in at most alpha.</summary>
/// <param name="Global">Of the test over all samples.</param>
/// <param name="Slices">Of the tests of all slices together.</param>
/// <param name="Critical">Of the two tests of the critical samples.</param>
/// <param name="Floor">Of each bound that the floor compares.</param>
/// <remarks>Halves would cost the global test more than slices gain: at half of alpha its power at failure odds ×3 falls from 85 to 78 %. What is not asked costs nothing.</remarks>
public sealed record GateShares(double Global, double Slices, double Critical, double Floor)
{
    private const double OfSlices = 0.3;
    private const double OfCritical = 0.2; // half of it for each of two tests: less would not reach a sample that always passed and now always fails, five runs against five
    private const double OfFloor = 0.1;

    public static GateShares Of(double alpha, bool hasSlices, bool hasCritical, bool hasFloor)
    {
        var (slices, critical, floor) = (hasSlices ? OfSlices : 0, hasCritical ? OfCritical : 0, hasFloor ? OfFloor : 0);
        return new GateShares(alpha * (1 - slices - critical - floor), alpha * slices, alpha * critical, alpha * floor);
    }
}

namespace Kintsugi.Evaluation.Alarms;

/// <summary>How many errors, of all kinds together, each hour of the day has.</summary>
/// <remarks>The squared mean of square roots over hours within two hours of the time of day: one hour's flood hardly moves it.</remarks>
internal sealed class DayProfile
{
    private const int Nearest = 2;
    private readonly double[] _roots = new double[24];
    private readonly int[] _hours = new int[24];

    public DayProfile(IEnumerable<HourCounts> hours)
    {
        foreach (var hour in hours)
        {
            _roots[hour.TimeOfDay] += Root(hour);
            _hours[hour.TimeOfDay]++;
        }
    }

    /// <summary>Errors expected at this time of day, at least 1. Only ratios of two of them mean anything.</summary>
    /// <param name="without">An hour that was given, to be judged by the others only.</param>
    public double At(int timeOfDay, HourCounts? without = null)
    {
        double roots = without is null ? 0 : -Root(without);
        var hours = without is null ? 0 : -1;
        for (var apart = -Nearest; apart <= Nearest; apart++)
        {
            var near = (timeOfDay + apart + 24) % 24;
            roots += _roots[near];
            hours += _hours[near];
        }

        return hours == 0 ? 1 : 1 + (roots / hours * (roots / hours));
    }

    private static double Root(HourCounts hour) => Math.Sqrt(hour.Total);
}

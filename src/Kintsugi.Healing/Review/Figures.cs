using System.Globalization;
using Kintsugi.Evaluation.Running;
using Kintsugi.Healing.Repair;

namespace Kintsugi.Healing.Review;

/// <summary>Numbers as a report writes them, the same on every machine.</summary>
public static class Figures
{
    /// <returns>`97.3 %`; never rounded to 100 or 0 unless it is.</returns>
    public static string Percent(double share)
    {
        if (double.IsNaN(share)) return "–";
        var percent = Math.Round(share * 100, 1);
        if (percent == 100 && share < 1) percent = 99.9;
        if (percent == 0 && share > 0) percent = 0.1;
        return percent.ToString("0.#", CultureInfo.InvariantCulture) + " %";
    }

    /// <returns>`282 of 290`.</returns>
    public static string Counts(Rate rate) => $"{Number(rate.Passed)} of {Number(rate.Runs)}";

    /// <returns>`94.7 % to 98.8 %`.</returns>
    public static string Interval(Rate rate) => rate.Runs == 0 ? "–" : $"{Percent(rate.Low)} to {Percent(rate.High)}";

    public static string Number(long count) => count.ToString("N0", CultureInfo.InvariantCulture);

    /// <returns>`0.4 s`, `18 s`, `3 min 5 s`, `2 h 10 min`.</returns>
    public static string Took(TimeSpan duration) => duration switch
    {
        { TotalSeconds: < 10 } => duration.TotalSeconds.ToString("0.0", CultureInfo.InvariantCulture) + " s",
        { TotalSeconds: < 60 } => duration.TotalSeconds.ToString("0", CultureInfo.InvariantCulture) + " s",
        { TotalMinutes: < 60 } => $"{(int)duration.TotalMinutes} min {duration.Seconds} s",
        _ => $"{(int)duration.TotalHours} h {duration.Minutes} min",
    };

    public static string Usd(decimal? usd) => usd switch
    {
        null => "price not known",
        0 => "$0",
        < 0.01m => "under $0.01",
        _ => "$" + usd.Value.ToString("0.00", CultureInfo.InvariantCulture),
    };

    public static string Cost(RunCost cost) =>
        $"{Number(cost.AgentRuns)} agent runs, {Number(cost.ModelCalls)} model calls ({Number(cost.LiveModelCalls)} live), {Number(cost.Tokens)} tokens, {Usd(cost.Usd)}";

    public static string At(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss 'UTC'", CultureInfo.InvariantCulture);

    /// <summary>The first twelve digits of a commit; a word that is no commit as it is, cut likewise.</summary>
    public static string ShortId(string id) => id.Length <= 12 ? id : id[..12];
}

namespace Kintsugi.Evaluation.Alarms;

/// <summary>The errors of one hour of production, by signature.</summary>
/// <param name="Hour">When the hour began; what matters is its hour of the day in UTC.</param>
/// <param name="Errors">Errors by the signature's hash, each at least 0; a signature that did not occur may be left out.</param>
public sealed record HourCounts(DateTimeOffset Hour, IReadOnlyDictionary<string, int> Errors)
{
    /// <summary>The pseudo-signature of errors whose own signature occurs in no other hour.</summary>
    public const string Novel = "novel";

    internal int TimeOfDay => Hour.UtcDateTime.Hour;

    internal double Total => Errors.Values.Sum(count => (double)count);

    /// <summary>Whether the two hours' times of day lie at most three hours apart, over midnight too: errors follow the traffic, and traffic the day.</summary>
    internal bool Matches(int timeOfDay)
    {
        var apart = Math.Abs(TimeOfDay - timeOfDay);
        return Math.Min(apart, 24 - apart) <= 3;
    }

    internal int Of(string signature) => Errors.GetValueOrDefault(signature);
}

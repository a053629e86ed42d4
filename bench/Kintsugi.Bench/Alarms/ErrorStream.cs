using Kintsugi.Evaluation.Alarms;
using MathNet.Numerics.Distributions;

namespace Kintsugi.Bench.Alarms;

/// <summary>How a simulated fault shows in one signature's hour: its rate is multiplied, and errors are added.</summary>
/// <param name="Steady">Whether the added errors are Poisson by themselves; else they share the signature's gamma noise.</param>
internal sealed record Jump(double Ratio, double Added, bool Steady = true)
{
    public static readonly Jump None = new(1, 0);
}

/// <summary>A simulated stream of production errors: 40 signatures with hourly rates exp(N(−0.5, 1.2)), a day of 1 + 0.6 sin, gamma noise of shape 2 for each signature
/// and hour, and where asked for outages, which in 2 % of the hours multiply five signatures by 5.</summary>
internal sealed class ErrorStream(Random random, bool outages, int rareTemplates = 0)
{
    private const int Signatures = 40;
    private const double RareRate = 0.002;

    /// <summary>Midnight, so that an hour's number modulo 24 is its hour of the day.</summary>
    private static readonly DateTimeOffset Epoch = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly double[] _rates = [.. Enumerable.Range(0, Signatures).Select(_ => Math.Exp(-0.5 + (1.2 * Normal.Sample(random, 0, 1))))];

    public string Victim { get; } = Name(random.Next(Signatures));

    public List<HourCounts> History(int firstHour, int hours) => [.. Enumerable.Range(firstHour, hours).Select(hour => Hour(hour))];

    /// <param name="signature">Which one the jump hits; by default <see cref="Victim"/>.</param>
    public HourCounts Hour(int hour, Jump? jump = null, string? signature = null)
    {
        var counts = new Dictionary<string, int>(Signatures);
        var rates = Rates(hour);
        var victim = signature ?? Victim;
        for (var s = 0; s < Signatures; s++)
        {
            var name = Name(s);
            var (ratio, noisy, steady) = jump is not null && name == victim ? (jump.Ratio, jump.Steady ? 0 : jump.Added, jump.Steady ? jump.Added : 0) : (1, 0, 0);
            var count = Draw(((rates[s].Rate * ratio) + noisy) * rates[s].Noise) + Draw(steady);
            if (count > 0) counts[name] = count;
        }

        for (var rare = Draw(rareTemplates * RareRate); rare > 0; rare--) counts[$"rare {random.Next(rareTemplates)}"] = 1;
        if (jump is not null && signature is not null && !counts.ContainsKey(signature) && Draw(jump.Added) is > 0 and var added) counts[signature] = added;
        return new HourCounts(At(hour), counts);
    }

    public static DateTimeOffset At(int hour) => Epoch.AddHours(hour);

    /// <summary>One hour of two versions behind one router: what the world does hits both.</summary>
    public CanaryHour Split(int hour, int requests, double candidateShare, Jump jump)
    {
        var candidate = new Dictionary<string, int>();
        var control = new Dictionary<string, int>();
        var rates = Rates(hour);
        for (var s = 0; s < Signatures; s++)
        {
            var (ratio, added) = Name(s) == Victim ? (jump.Ratio, jump.Added) : (1, 0);
            candidate[Name(s)] = Draw(((rates[s].Rate * rates[s].Noise * ratio) + added) * candidateShare);
            control[Name(s)] = Draw(rates[s].Rate * rates[s].Noise * (1 - candidateShare));
        }

        var ofCandidate = (int)(requests * candidateShare);
        return new CanaryHour(ofCandidate, requests - ofCandidate, candidate, control);
    }

    private (double Rate, double Noise)[] Rates(int hour)
    {
        var day = 1 + (0.6 * Math.Sin(2 * Math.PI * hour / 24));
        var rates = Array.ConvertAll(_rates, rate => (Rate: rate * day, Noise: Gamma.Sample(random, 2, 2)));
        if (!outages || random.NextDouble() >= 0.02) return rates;
        foreach (var s in Enumerable.Range(0, Signatures).OrderBy(_ => random.NextDouble()).Take(5)) rates[s].Rate *= 5;
        return rates;
    }

    private int Draw(double mean) => mean > 0 ? Poisson.Sample(random, mean) : 0;

    private static string Name(int signature) => $"s{signature:00}";
}

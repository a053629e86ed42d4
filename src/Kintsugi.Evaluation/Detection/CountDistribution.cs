namespace Kintsugi.Evaluation.Detection;

/// <summary>The distribution of a count, as probabilities of consecutive integers from <paramref name="From"/> on.</summary>
/// <param name="Lost">Mass cut from the far tails; whoever sums a tail adds it, so that a p-value is never too small.</param>
internal readonly record struct CountDistribution(int From, double[] Mass, double Lost)
{
    // Below this length nothing is cut and even tiny p-values are exact; above it tails of 1e-17 are cut, which keeps a sum over a
    // million samples some tens of thousands of cells wide.
    private const int LongestUncut = 4096;
    private const double Cut = 1e-17;

    public static readonly CountDistribution Zero = new(0, [1.0], 0);

    /// <summary>P(count ≥ <paramref name="value"/>).</summary>
    public double UpperTail(int value)
    {
        var tail = 0.0;
        for (var k = Mass.Length - 1; k >= Math.Max(0, value - From); k--) tail += Mass[k];
        return Math.Min(1, tail + Lost);
    }

    /// <summary>P(count ≤ <paramref name="value"/>).</summary>
    public double LowerTail(int value)
    {
        var tail = 0.0;
        for (var k = 0; k <= Math.Min(Mass.Length - 1, value - From); k++) tail += Mass[k];
        return Math.Min(1, tail + Lost);
    }

    /// <summary>The distribution of the sum of two independent counts.</summary>
    public static CountDistribution Sum(CountDistribution a, CountDistribution b)
    {
        var (longer, shorter) = a.Mass.Length >= b.Mass.Length ? (a.Mass, b.Mass) : (b.Mass, a.Mass);
        var mass = new double[longer.Length + shorter.Length - 1];
        for (var j = 0; j < shorter.Length; j++)
        {
            var weight = shorter[j];
            if (weight == 0) continue;
            var into = mass.AsSpan(j, longer.Length);
            for (var i = 0; i < longer.Length; i++) into[i] += weight * longer[i];
        }

        return Trim(a.From + b.From, mass, a.Lost + b.Lost);
    }

    /// <summary>The distribution of the sum of <paramref name="times"/> independent copies, by repeated squaring: every term is
    /// positive, so nothing cancels.</summary>
    public static CountDistribution Repeat(CountDistribution one, int times)
    {
        var sum = Zero;
        for (var power = one; times > 0; times >>= 1)
        {
            if ((times & 1) == 1) sum = Sum(sum, power);
            if (times > 1) power = Sum(power, power);
        }

        return sum;
    }

    private static CountDistribution Trim(int from, double[] mass, double lost)
    {
        if (mass.Length <= LongestUncut) return new CountDistribution(from, mass, lost);
        int low = 0, high = mass.Length;
        for (var cut = 0.0; low < high && cut + mass[low] < Cut; low++) cut += mass[low];
        for (var cut = 0.0; high > low + 1 && cut + mass[high - 1] < Cut; high--) cut += mass[high - 1];
        return new CountDistribution(from + low, mass[low..high], lost + (2 * Cut));
    }
}

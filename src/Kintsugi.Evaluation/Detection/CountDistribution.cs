using System.Numerics;

namespace Kintsugi.Evaluation.Detection;

/// <summary>The distribution of a count, as probabilities of consecutive integers from <paramref name="From"/> on.</summary>
/// <param name="Lost">Mass cut from the far tails; whoever sums a tail adds it, so that a p-value is never too small.</param>
internal readonly record struct CountDistribution(int From, double[] Mass, double Lost)
{
    // Below this length nothing is cut and even tiny p-values are exact; above it tails of 1e-20 are cut, which keeps a sum over a
    // million samples some tens of thousands of cells wide.
    private const int LongestUncut = 512;
    private const double Cut = 1e-20;

    /// <summary>Vectors that are summed side by side, so that no addition waits for the one before it.</summary>
    private const int Lanes = 4;

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
        if (shorter.Length == 0) return new CountDistribution(a.From + b.From, [], a.Lost + b.Lost);
        return Trim(a.From + b.From, shorter.Length == 1 ? Array.ConvertAll(longer, m => m * shorter[0]) : Convolve(longer, shorter), a.Lost + b.Lost);
    }

    /// <summary>The probabilities of what lies in [<paramref name="from"/>, <paramref name="below"/>); the others are not lost, but nothing of this any more.</summary>
    public CountDistribution Within(int from, int below)
    {
        var first = Math.Clamp(from - From, 0, Mass.Length);
        return new CountDistribution(From + first, Mass[first..Math.Clamp(below - From, first, Mass.Length)], Lost);
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

    // Every term of every sum is added in the same order whatever the machine's vectors are, and nothing is fused: the same counts give the same bits everywhere.
    private static double[] Convolve(double[] longer, double[] shorter)
    {
        var width = Vector<double>.Count;
        var mass = new double[longer.Length + shorter.Length - 1];
        if (mass.Length < Lanes * width)
        {
            for (var j = 0; j < shorter.Length; j++)
            {
                for (var i = 0; i < longer.Length; i++) mass[i + j] += shorter[j] * longer[i];
            }

            return mass;
        }

        // With zeros on both sides every cell of the sum has a term for every cell of the shorter one.
        var padded = new double[longer.Length + (2 * (shorter.Length - 1))];
        longer.CopyTo(padded, shorter.Length - 1);
        for (var i = 0; i < mass.Length; i += Lanes * width)
        {
            var at = Math.Min(i, mass.Length - (Lanes * width)); // the last lanes overlap those before
            Vector<double> first = default, second = default, third = default, fourth = default;
            for (var j = 0; j < shorter.Length; j++)
            {
                var weight = new Vector<double>(shorter[j]);
                var terms = padded.AsSpan(at + shorter.Length - 1 - j, Lanes * width);
                first += weight * new Vector<double>(terms);
                second += weight * new Vector<double>(terms[width..]);
                third += weight * new Vector<double>(terms[(2 * width)..]);
                fourth += weight * new Vector<double>(terms[(3 * width)..]);
            }

            first.CopyTo(mass, at);
            second.CopyTo(mass, at + width);
            third.CopyTo(mass, at + (2 * width));
            fourth.CopyTo(mass, at + (3 * width));
        }

        return mass;
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

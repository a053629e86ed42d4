using CsCheck;
using Kintsugi.Evaluation.Detection;

namespace Kintsugi.Tests.Evaluation.Detection;

public class CountDistributionTests
{
    [Fact]
    public void A_sum_has_the_bits_of_the_plain_convolution_whatever_the_lengths() =>
        Gen.Select(Gen.Double[0, 1].Array[1, 150], Gen.Double[0, 1].Array[1, 150]).Sample((a, b) =>
        {
            var (longer, shorter) = a.Length >= b.Length ? (a, b) : (b, a);
            var plain = new double[a.Length + b.Length - 1];
            for (var j = 0; j < shorter.Length; j++)
            {
                for (var i = 0; i < longer.Length; i++) plain[i + j] += shorter[j] * longer[i];
            }

            var sum = CountDistribution.Sum(new(2, a, 0), new(3, b, 0));

            Assert.Equal(5, sum.From);
            Assert.Equal(plain, sum.Mass);
        }, seed: "0000000000008", iter: 500);

    [Fact]
    public void What_is_cut_from_long_tails_is_lost_to_no_p_value()
    {
        var sum = CountDistribution.Repeat(new(0, [0.9, 0.1], 0), 100_000);

        Assert.InRange(sum.Mass.Length, 1_000, 4_000); // 95 is one standard deviation
        Assert.Equal(1, sum.Mass.Sum(), 1e-10);
        Assert.InRange(sum.Lost, 1e-20, 1e-15);
        Assert.Equal(sum.Lost, sum.UpperTail(20_000));
        Assert.Equal(1, sum.UpperTail(0), 1e-10);
    }
}

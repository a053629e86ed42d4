using System.Text.Json.Serialization;
using Kintsugi.Evaluation.Detection;
using MathNet.Numerics.Distributions;

namespace Kintsugi.Evaluation.Judges;

/// <summary>A judge's votes against the labels of people, in counts of items.</summary>
/// <param name="TruePasses">People: pass, judge: yes.</param>
/// <param name="FalseFails">People: pass, judge: no.</param>
/// <param name="FalsePasses">People: fail, judge: yes.</param>
/// <param name="TrueFails">People: fail, judge: no.</param>
/// <param name="Abstained">The judge did not decide. All figures are of the items it decided; this count stands beside them.</param>
public sealed record Confusion(int TruePasses, int FalseFails, int FalsePasses, int TrueFails, int Abstained)
{
    [JsonIgnore]
    public int Passes => TruePasses + FalseFails;

    [JsonIgnore]
    public int Fails => FalsePasses + TrueFails;

    [JsonIgnore]
    public int Decided => Passes + Fails;

    [JsonIgnore]
    public int Labels => Decided + Abstained;

    /// <summary>P(judge yes | people pass).</summary>
    public Estimate? Sensitivity => new Proportion(TruePasses, Passes).Rate;

    /// <summary>P(judge no | people fail).</summary>
    public Estimate? Specificity => new Proportion(TrueFails, Fails).Rate;

    /// <summary>Youden's J = sensitivity + specificity − 1, in [−1, 1]: what is left of a true difference of rates in the judge's votes. 0 is a coin.
    /// Null unless people said both pass and fail.</summary>
    /// <remarks>Youden (1950), Cancer 3, 32–35; the interval is Newcombe's hybrid score interval of a difference of independent rates
    /// (1998, Stat. Med. 17, 873–890, method 10), whose cover is 95 % on average.</remarks>
    public Estimate? Informedness
    {
        get
        {
            if (Passes == 0 || Fails == 0) return null;
            double sensitivity = (double)TruePasses / Passes, falsePassRate = (double)FalsePasses / Fails;
            var (low, high) = RateInterval.Wilson(TruePasses, Passes, Estimate.Error);
            var (falseLow, falseHigh) = RateInterval.Wilson(FalsePasses, Fails, Estimate.Error);
            var j = sensitivity - falsePassRate;
            return new Estimate(
                j,
                j - Math.Sqrt(Square(sensitivity - low) + Square(falseHigh - falsePassRate)),
                j + Math.Sqrt(Square(high - sensitivity) + Square(falsePassRate - falseLow)));
        }
    }

    /// <summary>Cohen's κ, in [−1, 1]: agreement beyond what the margins alone would give. Null where one answer is all that either gave, so that none is beyond.</summary>
    /// <remarks>Cohen (1960), Educ. Psychol. Meas. 20, 37–46; the interval is normal with the large-sample standard error of Fleiss, Cohen and Everitt
    /// (1969), Psychol. Bull. 72, 323–327. That error is 0 where all agree, or none: there the interval is Clopper–Pearson's of the agreement, at the chance agreement seen.</remarks>
    public Estimate? Kappa
    {
        get
        {
            if (Decided == 0) return null;
            double n = Decided, yesYes = TruePasses / n, yesNo = FalsePasses / n, noYes = FalseFails / n, noNo = TrueFails / n; // judge, people
            double judgeYes = yesYes + yesNo, judgeNo = noYes + noNo, peopleYes = yesYes + noYes, peopleNo = yesNo + noNo;
            var chance = (judgeYes * peopleYes) + (judgeNo * peopleNo);
            if (1 - chance < 1e-12) return null;
            var kappa = Of(yesYes + noNo);
            if (FalsePasses + FalseFails == 0 || TruePasses + TrueFails == 0)
            {
                var (low, high) = RateInterval.ClopperPearson(TruePasses + TrueFails, Decided, Estimate.Error);
                return new Estimate(kappa, Math.Max(-1, Of(low)), Of(high));
            }

            var diagonal = (yesYes * Square(1 - ((judgeYes + peopleYes) * (1 - kappa)))) + (noNo * Square(1 - ((judgeNo + peopleNo) * (1 - kappa))));
            var off = Square(1 - kappa) * ((yesNo * Square(peopleYes + judgeNo)) + (noYes * Square(peopleNo + judgeYes)));
            var variance = Math.Max(0, diagonal + off - Square(kappa - (chance * (1 - kappa)))) / (n * Square(1 - chance));
            var half = Normal.InvCDF(0, 1, 1 - (Estimate.Error / 2)) * Math.Sqrt(variance);
            return new Estimate(kappa, Math.Max(-1, kappa - half), Math.Min(1, kappa + half));

            double Of(double agreement) => (agreement - chance) / (1 - chance);
        }
    }

    /// <exception cref="ArgumentException">A count is negative.</exception>
    internal void ThrowIfImpossible()
    {
        if (TruePasses < 0 || FalseFails < 0 || FalsePasses < 0 || TrueFails < 0 || Abstained < 0)
            throw new ArgumentException($"{this} has a negative count.");
    }

    private static double Square(double x) => x * x;
}

using CsCheck;
using Kintsugi.Evaluation.Judges;

namespace Kintsugi.Tests.Evaluation.Judges;

public class ConfusionTests
{
    internal static readonly Gen<Confusion> Counts = Gen.Select(Gen.Int[0, 60], Gen.Int[0, 60], Gen.Int[0, 60], Gen.Int[0, 60], Gen.Int[0, 20])
        .Select(c => new Confusion(c.Item1, c.Item2, c.Item3, c.Item4, c.Item5));

    [Fact]
    public void Kappa_and_its_interval_are_those_worked_by_hand()
    {
        // Agreement 0.7, chance 0.5, κ = 0.4. Fleiss, Cohen and Everitt: A = 0.4·0.34² + 0.3·0.46², B = 0.36·(0.1·1.1² + 0.2·0.9²), C = (0.4 − 0.3)²;
        // (A + B − C)/(50·0.25) = 0.2016/12.5, whose root is 0.12700.
        var kappa = new Confusion(TruePasses: 20, FalseFails: 10, FalsePasses: 5, TrueFails: 15, Abstained: 7).Kappa!;

        Assert.Equal(0.4, kappa.Value, 12);
        Assert.Equal(0.4 - (1.959964 * 0.126996), kappa.Low, 1e-5);
        Assert.Equal(0.4 + (1.959964 * 0.126996), kappa.High, 1e-5);
    }

    [Fact]
    public void Full_agreement_on_few_items_is_no_certainty() // agreement of 10 in 10 is at least 0.6915, chance 0.5
    {
        var kappa = new Confusion(5, 0, 0, 5, 0).Kappa!;

        Assert.Equal((1, 1), (kappa.Value, kappa.High));
        Assert.Equal(2 * (0.6915 - 0.5), kappa.Low, 1e-4);
    }

    [Fact]
    public void Sensitivity_is_of_what_people_pass_and_specificity_of_what_they_fail()
    {
        var counts = new Confusion(TruePasses: 27, FalseFails: 3, FalsePasses: 4, TrueFails: 16, Abstained: 5);

        Assert.Equal(0.9, counts.Sensitivity!.Value, 12);
        Assert.Equal(0.8, counts.Specificity!.Value, 12);
        Assert.Equal(0.7, counts.Informedness!.Value, 12);
        Assert.Equal(55, counts.Labels);
    }

    [Fact]
    public void The_interval_of_the_informedness_is_the_published_one_of_a_difference() // Newcombe 1998, method 10: 56/70 − 48/80 is 0.0524 to 0.3339
    {
        var j = new Confusion(56, 14, 48, 32, 0).Informedness!;

        Assert.Equal(0.0524, j.Low, 1e-4);
        Assert.Equal(0.3339, j.High, 1e-4);
    }

    [Fact]
    public void What_nobody_could_measure_is_not_there()
    {
        var onlyPasses = new Confusion(20, 0, 0, 0, 3);

        Assert.NotNull(onlyPasses.Sensitivity);
        Assert.Null(onlyPasses.Specificity);
        Assert.Null(onlyPasses.Informedness);
        Assert.Null(onlyPasses.Kappa);
    }

    [Fact]
    public void Every_figure_lies_within_its_interval_and_its_range() =>
        Counts.Sample(c => Fits(c.Sensitivity, 0) && Fits(c.Specificity, 0) && Fits(c.Informedness, -1) && Fits(c.Kappa, -1), seed: "0000000000001", iter: 500);

    [Fact]
    public void Calling_a_pass_a_fail_changes_neither_informedness_nor_kappa() =>
        Counts.Sample(c =>
        {
            var other = new Confusion(c.TrueFails, c.FalsePasses, c.FalseFails, c.TruePasses, c.Abstained);
            return Same(c.Informedness, other.Informedness) && Same(c.Kappa, other.Kappa) && Same(c.Sensitivity, other.Specificity);
        }, seed: "0000000000001", iter: 500);

    private static bool Fits(Estimate? e, double lowest) =>
        e is null || (e.Low >= lowest - 1e-12 && e.Low <= e.Value + 1e-12 && e.Value <= e.High + 1e-12 && e.High <= 1 + 1e-12);

    private static bool Same(Estimate? a, Estimate? b) =>
        a is null ? b is null : b is not null && Math.Abs(a.Value - b.Value) + Math.Abs(a.Low - b.Low) + Math.Abs(a.High - b.High) < 1e-9;
}

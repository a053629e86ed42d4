using System.Globalization;
using Kintsugi.Evaluation.Datasets;
using Kintsugi.Evaluation.Detection;

namespace Kintsugi.Healing.Incidents.Steps;

/// <summary>What a verdict rests on, for a person who has no statistics.</summary>
internal static class VerdictWords
{
    private const int MostNamed = 5;

    /// <returns>One sentence; empty when there is nothing to add.</returns>
    public static string Why(Verdict verdict, GateSettings settings, IReadOnlyList<Sample> samples) => verdict.Kind switch
    {
        VerdictKind.Regressed => Regressed(verdict, settings, samples),
        VerdictKind.Healthy => string.Create(CultureInfo.InvariantCulture,
            $"Had it been worse {(verdict.Path.Kind == SequentialKind.Excluded ? $"by failure odds of ×{settings.Odds:0.##}" : $"by more than {100 * settings.Margin:0.##} points")}, at least {100 * (1 - settings.Beta):0.#} of 100 evaluations would not have called it healthy."),
        _ => verdict.More ?? "",
    };

    private static string Regressed(Verdict verdict, GateSettings settings, IReadOnlyList<Sample> samples)
    {
        var chance = string.Create(CultureInfo.InvariantCulture, $"of versions that have not changed at most {100 * settings.WholeAlpha:0.####} in 100 are called worse");
        var broken = verdict.BrokenCritical;
        if (verdict.Path.Kind == SequentialKind.Rise) return $"{(broken.Count > 0 ? $"Critical samples broke: {SampleNames.Of(broken, samples, MostNamed)}. " : "")}That is no chance: {chance}.";
        if (broken.Count > 0) return $"Critical samples broke: {SampleNames.Of(broken, samples, MostNamed)}; {chance}.";
        if (verdict.Slices.Where(s => s.Rose).MinBy(s => s.PValue) is { } slice)
        {
            return string.Create(CultureInfo.InvariantCulture,
                $"The damage is in '{slice.Name}', whose {slice.Samples} samples passed {100 * slice.BaselineRate:0.#} % and pass {100 * slice.CandidateRate:0.#} % now, though the whole does not show it; {chance}.");
        }

        return string.Create(CultureInfo.InvariantCulture, $"It has fallen below the floor of {100 * settings.Floor:0.##} %; {chance}.");
    }
}

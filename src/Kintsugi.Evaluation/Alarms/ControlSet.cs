using Kintsugi.Evaluation.Detection;

namespace Kintsugi.Evaluation.Alarms;

/// <summary>One item of a pinned control set: a prompt that never changes, answered by the same model name then and now, and scored alike.</summary>
/// <param name="Slices">What it belongs to; it counts in each of them, and in the total.</param>
public sealed record ControlItem(string Item, int ReferencePasses, int ReferenceRuns, int CurrentPasses, int CurrentRuns, IReadOnlyList<string> Slices);

/// <summary>How a slice of the control set moved.</summary>
/// <param name="Slice">Null for the total.</param>
/// <param name="Reference">Mean pass rate then, in [0, 1].</param>
/// <param name="Current">Mean pass rate now.</param>
/// <param name="PValue">Two-sided, adjusted for the number of slices: small shows that the slice moved, either way.</param>
public sealed record SliceDrift(string? Slice, int Items, double Reference, double Current, double PValue)
{
    public bool Fell(double alpha) => PValue <= alpha && Current < Reference;

    public bool Rose(double alpha) => PValue <= alpha && Current > Reference;
}

/// <summary>Whether a model that should be the same answers a pinned control set better or worse, and where.</summary>
/// <remarks>Total and slices are each tested both ways by <see cref="ConditionalTest"/>, with one run a side the exact McNemar test, and Holm's correction is taken over
/// all of them. Guarantee: if nothing changed, P(any p ≤ alpha) ≤ alpha, exactly, for items of any difficulty. Assumed: items independent, scored by the same
/// scorer both times. A total that stands or rises is no comfort: look at <see cref="HiddenByTotal"/>. A format that a scorer does not read looks like a lost
/// skill: where it may matter score twice, as it came and cleaned, and compare both.</remarks>
public static class ControlSet
{
    /// <returns>The total first, then the slices, sorted. Items that ran on one side only count nowhere.</returns>
    /// <exception cref="ArgumentException">An item counts more passes than runs.</exception>
    public static IReadOnlyList<SliceDrift> Compare(IReadOnlyList<ControlItem> items)
    {
        ArgumentNullException.ThrowIfNull(items);
        var compared = items.Where(i => i.ReferenceRuns > 0 && i.CurrentRuns > 0).ToList();
        var slices = compared.SelectMany(i => i.Slices).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal);
        List<(string? Slice, List<ControlItem> Items)> groups =
            [(null, compared), .. slices.Select(slice => ((string?)slice, compared.FindAll(i => i.Slices.Contains(slice))))];
        var adjusted = Holm.Adjust([.. groups.Select(g => TwoSided(g.Items))]);
        return [.. groups.Zip(adjusted, (g, p) => new SliceDrift(
            g.Slice, g.Items.Count, Rate(g.Items, i => (double)i.ReferencePasses / i.ReferenceRuns), Rate(g.Items, i => (double)i.CurrentPasses / i.CurrentRuns), p))];
    }

    /// <summary>The slices that fell although the total did not.</summary>
    public static IReadOnlyList<SliceDrift> HiddenByTotal(IReadOnlyList<SliceDrift> drifts, double alpha)
    {
        ArgumentNullException.ThrowIfNull(drifts);
        return drifts.Any(d => d.Slice is null && d.Fell(alpha)) ? [] : [.. drifts.Where(d => d.Slice is not null && d.Fell(alpha))];
    }

    private static double Rate(List<ControlItem> items, Func<ControlItem, double> rate) => items.Count == 0 ? 0 : items.Average(rate);

    private static double TwoSided(List<ControlItem> items)
    {
        var counts = items.ConvertAll(i => new SampleCounts(
            i.Item, i.ReferenceRuns - i.ReferencePasses, i.ReferenceRuns, i.CurrentRuns - i.CurrentPasses, i.CurrentRuns));
        return Math.Min(1, 2 * Math.Min(ConditionalTest.PValueOfRise(counts), ConditionalTest.PValueOfExclusion(counts, 1)));
    }
}

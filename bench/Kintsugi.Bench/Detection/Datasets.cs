namespace Kintsugi.Bench.Detection;

/// <summary>How simulated datasets are cut.</summary>
internal static class Datasets
{
    private static readonly IReadOnlyList<string>[] Fifths = [.. Enumerable.Range(0, 5).Select(i => (IReadOnlyList<string>)[$"fifth{i}"])];
    private static readonly IReadOnlyList<string>[] Tags = [.. Tagged(new Random(7))];

    /// <summary>Five disjoint slices of equal size.</summary>
    public static IReadOnlyList<string> Disjoint(int i) => Fifths[i % Fifths.Length];

    /// <summary>Twelve overlapping tags of a half to a thirteenth of the samples.</summary>
    public static IReadOnlyList<string> Overlapping(int i) => Tags[i];

    private static IEnumerable<IReadOnlyList<string>> Tagged(Random random) =>
        Enumerable.Range(0, 1_000).Select(_ => (IReadOnlyList<string>)[.. Enumerable.Range(0, 12).Where(t => random.Next(t + 2) == 0).Select(t => $"tag{t}")]);
}

namespace Kintsugi.Models.Providers.Simulated;

/// <summary>One of the models that the simulated provider has, with what it is able to do.</summary>
/// <param name="Noise">Probability in [0, 1] that one answer misjudges its case.</param>
/// <param name="RubricLines">How many lines of a rubric it keeps in mind; later ones it does not follow.</param>
internal sealed record SimulatedModel(string Name, double Noise, int RubricLines)
{
    public static readonly IReadOnlyList<SimulatedModel> Catalogue =
    [
        new("sim-large", Noise: 0.01, RubricLines: int.MaxValue),
        new("sim-small", Noise: 0.08, RubricLines: 4),
    ];

    public static SimulatedModel? Find(string name) => Catalogue.FirstOrDefault(m => m.Name == name);

    /// <summary>The model whose name takes the fewest edits to reach.</summary>
    public static SimulatedModel Nearest(string name) => Catalogue.MinBy(m => Edits(name.Length > 64 ? name[..64] : name, m.Name))!;

    private static int Edits(string from, string to)
    {
        var row = Enumerable.Range(0, to.Length + 1).ToArray();
        for (var i = 1; i <= from.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= to.Length; j++)
            {
                var substituted = diagonal + (from[i - 1] == to[j - 1] ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(substituted, 1 + Math.Min(row[j], row[j - 1]));
            }
        }
        return row[^1];
    }
}

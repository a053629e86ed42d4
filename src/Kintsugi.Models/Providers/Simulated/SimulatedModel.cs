using Kintsugi.Models.Routing;

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
    public static SimulatedModel NearestTo(string name) => Find(Nearest.To(name, Catalogue.Select(m => m.Name))!)!;
}

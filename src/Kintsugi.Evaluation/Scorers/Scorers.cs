using Kintsugi.Evaluation.Agents;
using Kintsugi.Evaluation.Datasets;

namespace Kintsugi.Evaluation.Scorers;

/// <summary>Makes scorers from their definitions.</summary>
public static class Scorers
{
    /// <exception cref="BadFileException">A file that a scorer needs cannot be used.</exception>
    public static IReadOnlyList<IScorer> Create(IReadOnlyList<ScorerDefinition> definitions, ScorerContext context) =>
        [.. definitions.Select(d => Create(d, context))];

    /// <summary>Whether a sample x epoch passed: every scorer passed it, and there was one.</summary>
    public static bool Passed(IReadOnlyList<Score> scores) => scores.Count > 0 && scores.All(s => s.Passed);

    private static TargetScorer Create(ScorerDefinition definition, ScorerContext context)
    {
        var path = ScorerSettings.PathOf(definition);
        var name = $"{definition.Kind} {path}";
        var hash = CanonicalJson.Hash(System.Text.Json.JsonSerializer.SerializeToElement(definition.Kind), definition.Settings);
        return definition.Kind switch
        {
            "exact" => new ExactScorer(name, hash, path, definition.Flag("ignore_case") ?? false),
            "number" => new NumberScorer(
                name, hash, path, definition.Number("within") ?? definition.Number("within_percent")!.Value, definition.Number("within") is null),
            _ => throw new NotSupportedException($"The scorer '{definition.Kind}' is not available in {context.Directory}."),
        };
    }
}

namespace Kintsugi.Bench.Incidents.Mutations;

/// <summary>Another model, another version of a package, and what keeps an agent from starting.</summary>
public static class PinMutations
{
    public static IEnumerable<Edit> OfModel(VersionFiles version, string file) =>
        version.Lines(file).Index().Where(l => l.Item.Contains("sim-large", StringComparison.Ordinal))
            .Select(l => new Edit("smaller model", Splice.Line(file, l.Index, l.Item, l.Item.Replace("sim-large", "sim-small", StringComparison.Ordinal))));

    public static IEnumerable<Edit> OfLock(PlantedAgent agent) => agent.Sites.HarmfulPins.Select(pin => agent.Good.Replace("package upgraded", agent.Sites.Lock, pin.Old + "\n", pin.New + "\n"));

    /// <summary>Typing errors in code, a comma too few in a document, a version that nobody has.</summary>
    public static IEnumerable<Edit> OfBuild(PlantedAgent agent)
    {
        foreach (var file in agent.Sites.Code)
        {
            foreach (var (at, line) in agent.Good.Lines(file).Index())
            {
                if (line.EndsWith("):", StringComparison.Ordinal) || line.EndsWith(") {", StringComparison.Ordinal)) yield return new Edit("typing error", Splice.Line(file, at, line, line[..^2].TrimEnd(')') + line[^1]));
                if (line.StartsWith("import ", StringComparison.Ordinal) && !line.Contains(' ', StringComparison.Ordinal)) yield return new Edit("module renamed", Splice.Line(file, at, line, line + "_core"));
                if (line.Contains("require(\"./", StringComparison.Ordinal)) yield return new Edit("module renamed", Splice.Line(file, at, line, line.Replace("require(\"./", "require(\"./core/", StringComparison.Ordinal)));
            }
        }
        foreach (var file in agent.Sites.Tools.Concat(agent.Sites.Schemas).Where(f => f.EndsWith(".json", StringComparison.Ordinal)))
            foreach (var (at, line) in agent.Good.Lines(file).Index().Where(l => l.Item.EndsWith("\",", StringComparison.Ordinal)))
                yield return new Edit("comma lost", Splice.Line(file, at, line, line[..^1]));
        foreach (var (old, _) in agent.Sites.HarmfulPins) yield return agent.Good.Replace("no such version", agent.Sites.Lock, old + "\n", Bumped(old) + "\n");
    }

    /// <summary>The last digit becomes a version that is not there.</summary>
    private static string Bumped(string line)
    {
        var at = line.LastIndexOfAny([.. "0123456789"]);
        return string.Concat(line.AsSpan(0, at), "77", line.AsSpan(at + 1));
    }
}

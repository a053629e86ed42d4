namespace Kintsugi.Evaluation.Agents;

/// <summary>The files that scorers of kintsugi.yaml name: rubrics, schemas, assemblies, and in the command lines of `command` every word that is a path.</summary>
/// <remarks>What a scorer's program reads beyond that is not known: name it on its command line.</remarks>
internal sealed class ScorerFiles
{
    private readonly HashSet<string> _named;

    public ScorerFiles(AgentDefinition agent, string agentPath) => _named =
    [
        .. agent.Scorers.SelectMany(Words).Select(w => AgentFiles.FromTop(agentPath, w)).OfType<string>().Select(p => p.TrimEnd('/'))
            .Where(p => p.Length > 0 && !p.Split('/').Any(part => part is "" or "." or "..") && !$"{agentPath.TrimEnd('/')}/".StartsWith(p + "/", StringComparison.Ordinal)),
    ];

    /// <param name="path">From the repository's top; below a directory that is named, every file is.</param>
    public bool Names(string path)
    {
        if (_named.Count == 0) return false;
        for (var slash = path.IndexOf('/', StringComparison.Ordinal); slash >= 0; slash = path.IndexOf('/', slash + 1))
            if (_named.Contains(path[..slash])) return true;
        return _named.Contains(path);
    }

    private static IEnumerable<string> Words(ScorerDefinition scorer) => scorer.Kind switch
    {
        "judge" => [Text(scorer, "rubric")!],
        "json_schema" => [Text(scorer, "schema")!],
        "evaluator" => Text(scorer, "assembly") is { } file ? [file] : [],
        "command" => Text(scorer, "run")!.Split([' ', '\t', '\n', '"', '\'', '=', ';', '&', '|', '<', '>', '(', ')'], StringSplitOptions.RemoveEmptyEntries),
        _ => [],
    };

    private static string? Text(ScorerDefinition scorer, string key) => scorer.Settings.TryGetProperty(key, out var value) ? value.GetString() : null;
}

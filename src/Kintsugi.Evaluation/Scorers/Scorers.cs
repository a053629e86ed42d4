using System.Reflection;
using System.Text.Json;
using System.Text.RegularExpressions;
using Kintsugi.Evaluation.Agents;
using Kintsugi.Evaluation.Datasets;
using Kintsugi.Evaluation.Scorers.Judging;
using Kintsugi.Storage;
using Microsoft.Extensions.AI.Evaluation;

namespace Kintsugi.Evaluation.Scorers;

/// <summary>Makes scorers from their definitions.</summary>
public static class Scorers
{
    /// <summary>In characters: it is sent with every question.</summary>
    private const int LongestRubric = 50_000;

    /// <exception cref="BadFileException">A file or a type that a scorer names cannot be used.</exception>
    public static IReadOnlyList<IScorer> Create(IReadOnlyList<ScorerDefinition> definitions, ScorerContext context) =>
        [.. definitions.Select(d => Create(d, context))];

    /// <summary>Whether a sample x epoch passed: every scorer that decides passed it, and there was one.</summary>
    public static bool Passed(IReadOnlyList<Score> scores) => scores.Any(s => !s.Advisory) && scores.All(s => s.Advisory || s.Passed);

    /// <summary>Refuses scorers of which none decides whether an answer passes.</summary>
    /// <exception cref="BadFileException">All of them are judges that only advise.</exception>
    public static void ThrowIfAllAdvise(IReadOnlyList<IScorer> scorers)
    {
        if (scorers.Any(s => s is not JudgeScorer { InUse.MayGate: false })) return;
        var problems = scorers.OfType<JudgeScorer>().Select(j => $"{j.Name}: {string.Join(" ", j.InUse.Standing.Problems)}");
        throw new BadFileException(AgentFile.FileName, null,
            $"Nothing decides whether an answer passes, for every scorer is a judge that may only advise. {Shown.Word(string.Join(" ", problems), 600)} "
            + $"Run `{JudgeInUse.Remedy}` and commit what it writes, or add a scorer that needs no judgement (docs/judges.md).");
    }

    private static IScorer Create(ScorerDefinition definition, ScorerContext context)
    {
        var path = ScorerSettings.PathOf(definition);
        var name = $"{definition.Kind} {path}";
        var hash = Hash(definition);
        return definition.Kind switch
        {
            "exact" => new ExactScorer(name, hash, path, definition.Flag("ignore_case") ?? false),
            "number" => new NumberScorer(
                name, hash, path, definition.Number("within") ?? definition.Number("within_percent")!.Value, definition.Number("within") is null),
            "contains" => new ContainsScorer(name, hash, path, definition.Text("text"), definition.Flag("ignore_case") ?? false),
            "regex" => new RegexScorer(name, hash, path, RegexScorer.Compile(definition.Text("pattern")!)),
            "json_path" => new JsonPathScorer(
                name, hash, path, definition.Settings.TryGetProperty("equals", out var expected) ? expected : null, definition.Flag("exists") ?? true),
            "json_schema" => JsonSchema(definition, path, context),
            "tool_calls" => ToolCalls(definition, hash),
            "command" => new CommandScorer(
                $"command {Shown.Word(definition.Text("run")!, 40)}", hash, definition.Text("run")!, definition.Number("pass") ?? 1, context),
            "evaluator" => Evaluator(definition, context),
            "judge" => Judge(definition, context),
            _ => throw new ArgumentException($"No scorer is called '{definition.Kind}'.", nameof(definition)),
        };
    }

    private static string Hash(ScorerDefinition definition, string? content = null) => CanonicalJson.Hash(
        JsonSerializer.SerializeToElement(definition.Kind), definition.Settings, content is null ? null : JsonSerializer.SerializeToElement(content));

    private static JsonSchemaScorer JsonSchema(ScorerDefinition definition, JsonPath path, ScorerContext context)
    {
        var file = definition.Text("schema")!;
        var text = ReadText(file, context);
        return new JsonSchemaScorer($"json_schema {path}", Hash(definition, text), path, JsonSchemaScorer.Read(text, file));
    }

    private static ToolCallsScorer ToolCalls(ScorerDefinition definition, string hash)
    {
        var (path, inline) = ScorerSettings.ExpectedCalls(definition);
        var order = Enum.Parse<ToolOrder>(definition.Text("order") ?? "strict", ignoreCase: true);
        return new ToolCallsScorer("tool_calls", hash, path, inline, order, definition.Text("arguments") == "subset");
    }

    private static JudgeScorer Judge(ScorerDefinition definition, ScorerContext context)
    {
        var file = definition.Text("rubric")!;
        var rubric = ReadText(file, context);
        if (string.IsNullOrWhiteSpace(rubric) || rubric.Length > LongestRubric)
            throw new BadFileException(file, null, $"A rubric has 1 to {LongestRubric} characters; this one has {rubric.Trim().Length}. Say in words what a good answer is.");
        var judges = context.Judges ?? throw new ArgumentException("No model may be asked here, and a judge is one.", nameof(context));
        return JudgeScorer.Create(JudgeSettings.Of(definition, rubric), judges, (identity, gates) => Hash(definition, $"{identity} {gates}"));
    }

    private static EvaluatorScorer Evaluator(ScorerDefinition definition, ScorerContext context)
    {
        var name = definition.Text("type")!;
        try
        {
            var type = definition.Text("assembly") is { } file
                ? Assembly.LoadFrom(Locate(file, context)).GetType(Regex.Replace(name, @"\s*,.*$", ""), throwOnError: true)!
                : Type.GetType(name, throwOnError: true)!;
            if (Activator.CreateInstance(type) is not IEvaluator evaluator)
                throw Unusable(name, "it is no IEvaluator of Microsoft.Extensions.AI.Evaluation.", null);
            return new EvaluatorScorer(
                $"evaluator {type.Name}", Hash(definition, type.Module.ModuleVersionId.ToString()), evaluator, definition.Text("metric"), definition.Number("pass"));
        }
        catch (Exception e) when (e is IOException or BadImageFormatException or TypeLoadException or MissingMethodException or TargetInvocationException or ArgumentException or MemberAccessException)
        {
            throw Unusable(name, Shown.Word((e.InnerException ?? e).Message, 200), e);
        }
    }

    private static BadFileException Unusable(string type, string problem, Exception? cause) => new(
        AgentFile.FileName, null,
        $"The evaluator '{Shown.Word(type)}' cannot be made: {problem} Name a public class without constructor parameters, and its 'assembly'{(cause is FileNotFoundException ? ", which was not found" : "")}.");

    private static string ReadText(string file, ScorerContext context)
    {
        try
        {
            return File.ReadAllText(Locate(file, context));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new BadFileException(AgentFile.FileName, null, $"A scorer names the file '{file}', which cannot be read: {Shown.Word(e.Message, 200)} Correct the name; it is relative to the agent's directory.");
        }
    }

    /// <summary>A file below the agent's directory; one that a symbolic link leads to is refused, since it may lead anywhere on this machine.</summary>
    private static string Locate(string file, ScorerContext context)
    {
        var located = Path.GetFullPath(context.Directory);
        foreach (var part in file.Split('/'))
        {
            located = Path.Combine(located, part);
            if (new FileInfo(located).LinkTarget is not null)
                throw new BadFileException(AgentFile.FileName, null, $"A scorer names '{file}', which is reached by a symbolic link. Name the file itself.");
        }
        return located;
    }
}

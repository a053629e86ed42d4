using System.Text.Json;
using Kintsugi.Evaluation.Agents;
using Kintsugi.Storage;

namespace Kintsugi.Evaluation.Scorers;

/// <summary>What the table of keys cannot say about a scorer's settings.</summary>
internal static class ScorerSettings
{
    /// <returns>The problem with its remedy, or null.</returns>
    public static string? Problem(ScorerDefinition definition) =>
        Path(definition, out _) ?? definition.Kind switch
        {
            "regex" => Refusal(() => RegexScorer.Compile(definition.Text("pattern")!), "The scorer's pattern cannot be used"),
            "judge" => Judging.JudgeSettings.Problem(definition),
            "tool_calls" => Refusal(() => ExpectedCalls(definition), "The scorer's 'expect' cannot be used"),
            _ => null,
        };

    /// <summary>Where the expected tool calls stand in the target, or the calls themselves.</summary>
    /// <exception cref="FormatException">It is neither.</exception>
    public static (JsonPath? Path, IReadOnlyList<ExpectedToolCall> Inline) ExpectedCalls(ScorerDefinition definition)
    {
        var expect = definition.Settings.GetProperty("expect");
        return expect.ValueKind == JsonValueKind.String
            ? (JsonPath.Parse(expect.GetString()!), [])
            : (null, ExpectedToolCall.ReadList(expect));
    }

    /// <summary>The scorer's path; the root where it has none.</summary>
    public static JsonPath PathOf(ScorerDefinition definition)
    {
        var problem = Path(definition, out var path);
        return problem is null ? path : throw new ArgumentException(problem, nameof(definition));
    }

    public static string? Text(this ScorerDefinition definition, string key) =>
        definition.Settings.TryGetProperty(key, out var value) ? value.GetString() : null;

    public static double? Number(this ScorerDefinition definition, string key) =>
        definition.Settings.TryGetProperty(key, out var value) ? value.GetDouble() : null;

    public static bool? Flag(this ScorerDefinition definition, string key) =>
        definition.Settings.TryGetProperty(key, out var value) ? value.GetBoolean() : null;

    private static string? Refusal(Action read, string problem)
    {
        try
        {
            read();
            return null;
        }
        catch (Exception e) when (e is ArgumentException or FormatException)
        {
            return $"{problem}: {Shown.Word(e.Message, 200)}";
        }
    }

    private static string? Path(ScorerDefinition definition, out JsonPath path)
    {
        path = JsonPath.Root;
        if (definition.Text("path") is not { } text) return null;
        try
        {
            path = JsonPath.Parse(text);
            return null;
        }
        catch (FormatException e)
        {
            return $"The path '{Shown.Word(text)}' of the scorer '{definition.Kind}' {e.Message}";
        }
    }
}

using System.Text.Json;
using Kintsugi.Evaluation.Datasets;
using Kintsugi.Evaluation.Running;
using Kintsugi.Healing.Review;
using Kintsugi.Tracing;

namespace Kintsugi.Healing.Incidents;

/// <summary>One failing run in words short enough to read.</summary>
internal static class FailureTraces
{
    public const int LongestLine = 400;

    private const int Longest = 2_000;
    private const int MostSteps = 40;

    public static FailureTrace Of(Sample sample, SampleResult result) => new(
        sample.Id, Cut(sample.Input.GetRawText()), sample.Target is { } target ? Cut(target.GetRawText()) : null, null,
        result.Output is { ValueKind: not JsonValueKind.Undefined } output ? Cut(output.GetRawText()) : null,
        result.Error is { } error ? Cut($"{error.Type}: {error.Message}") : null,
        [.. result.Scores.Where(s => !s.Passed).Select(s => Cut($"{s.Scorer}{(s.Advisory ? " (advises)" : "")}: {s.Reason}"))],
        [.. Lines(result.Trajectory)]);

    /// <summary>The first steps, a line each.</summary>
    public static IEnumerable<string> Lines(Trajectory trajectory) => trajectory.Steps.Take(MostSteps).Select(Line);

    public static string Line(Tracing.Step step) => step switch
    {
        ModelCall call => $"model {call.Model}{Word(call)}: {(call.Fault ?? call.FinishReason ?? "answered")} ({call.InputTokens} + {call.OutputTokens} tokens{(call.Replayed ? ", replayed" : "")})",
        ToolCall call => Cut($"tool {call.Name}{Word(call)} {call.Arguments.GetRawText()} → {call.Result ?? "no result"}", LongestLine),
        UpstreamCall call => Cut($"upstream {call.Method} {call.Host}{call.Path} → {(call.Fault ?? $"status {call.Status}")}{(call.Replayed ? " (replayed)" : "")}", LongestLine),
        _ => "",
    };

    private static string Word(Tracing.Step step) => step.OnlySpansTell ? " (by its own spans)" : "";

    private static string Cut(string text, int longest = Longest) => text.Length <= longest ? text : string.Concat(text.AsSpan(0, longest), " …");
}

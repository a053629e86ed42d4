using System.Text.Json;
using Kintsugi.Evaluation.Running.Protocols;
using Kintsugi.Tracing;

namespace Kintsugi.Evaluation.Running;

/// <summary>Cuts a judged result to what is worth keeping: an agent must not fill the memory or the disk.</summary>
internal static class ResultBounds
{
    private const int LongestOutput = 64 * 1024;
    private const int LongestToolText = 4096;
    private const int MostSteps = 200;
    private const int MostNotes = 50;
    private const int LongestReason = 1000;

    public static SampleResult Cut(SampleResult result)
    {
        var trajectory = result.Trajectory;
        return result with
        {
            Output = result.Output is { } output ? Cut(output, LongestOutput) : null,
            Scores = result.Scores.Any(s => s.Reason.Length > LongestReason)
                ? [.. result.Scores.Select(s => s with { Reason = Excerpt.Of(s.Reason, LongestReason) })]
                : result.Scores,
            Trajectory = trajectory with
            {
                Steps = trajectory.Steps.Any(s => s is ToolCall) || trajectory.Steps.Count > MostSteps
                    ? [.. trajectory.Steps.Take(MostSteps).Select(Cut)]
                    : trajectory.Steps,
                Notes = Noted(trajectory),
            },
        };
    }

    private static IReadOnlyList<string> Noted(Trajectory trajectory)
    {
        IEnumerable<string> notes = trajectory.Notes.Take(MostNotes);
        return trajectory.Steps.Count > MostSteps
            ? [.. notes, $"Only the first {MostSteps} of {trajectory.Steps.Count} steps are kept."]
            : trajectory.Notes.Count > MostNotes ? [.. notes] : trajectory.Notes;
    }

    private static Step Cut(Step step) => step is ToolCall tool
        ? tool with
        {
            Name = Excerpt.Of(tool.Name, 128),
            Arguments = Cut(tool.Arguments, LongestToolText),
            Result = tool.Result is { Length: > LongestToolText } result ? Excerpt.Of(result, LongestToolText) : tool.Result,
        }
        : step;

    private static JsonElement Cut(JsonElement json, int longest)
    {
        var raw = json.GetRawText();
        return raw.Length <= longest ? json : JsonSerializer.SerializeToElement(Excerpt.Of(raw, longest), StoredResultJson.Default.String);
    }
}

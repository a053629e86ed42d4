using System.Text.Json;
using Kintsugi.Evaluation.Running.Protocols;
using Kintsugi.Models;
using Kintsugi.Tracing;

namespace Kintsugi.Evaluation.Running;

/// <summary>Makes out of a sample's calls what happened in it: which model was asked, which tools it called, what they gave, which upstreams were asked.</summary>
/// <remarks>
/// In the chat format of OpenAI a tool's result is never an event of its own: it is a message of the *next* request, and of all after it, since the
/// agent sends its whole conversation each time. So a call is taken from the answer in which it appears first, a result from the first request that has it.
/// </remarks>
public static class TrajectoryBuilder
{
    public static Trajectory Build(IReadOnlyList<OutsideCall> calls, string standardError, IReadOnlyList<string> notes)
    {
        if (calls.Count == 0 && standardError.Length == 0 && notes.Count == 0) return Trajectory.Empty;
        var steps = new List<Step>(calls.Count);
        var asked = new List<AskedTool>();
        foreach (var made in calls)
        {
            if (made is RecordedUpstreamCall upstream) steps.Add(StepOf(upstream));
            if (made is not RecordedCall call) continue;
            if (asked.Exists(a => a.Result is null)) TakeResults(call.Request.Body, asked);
            steps.Add(new ModelCall(
                call.Provider, call.Model, call.ServedModel, call.Answer.Status, call.Replayed, call.Latency,
                call.InputTokens, call.OutputTokens, call.CostUsd, call.FinishReason, call.Fault));
            foreach (var tool in ToolRequests.In(call.Answer))
            {
                asked.Add(new AskedTool(steps.Count, tool.Id));
                steps.Add(new ToolCall(tool.Name, tool.Arguments, null));
            }
        }
        foreach (var tool in asked)
            if (tool.Result is not null) steps[tool.Step] = (ToolCall)steps[tool.Step] with { Result = tool.Result };
        return new Trajectory(steps, standardError, notes);
    }

    // Upstream, method and path are the agent's words.
    private static UpstreamCall StepOf(RecordedUpstreamCall call) => new(
        Excerpt.Of(call.Upstream, 128), Excerpt.Of(call.Method, 16), call.Host, Excerpt.Of(call.Path, 1000), call.Status, call.Replayed, call.Latency, call.Fault);

    // Some services number calls anew in each answer: of equal ids the n-th message belongs to the n-th call.
    private static void TakeResults(ReadOnlyMemory<byte> request, List<AskedTool> asked)
    {
        using var document = ToolRequests.TryParse(request);
        if (document?.RootElement is not { ValueKind: JsonValueKind.Object } root
            || !root.TryGetProperty("messages"u8, out var messages) || messages.ValueKind != JsonValueKind.Array) return;
        var seen = new Dictionary<string, int>();
        foreach (var message in messages.EnumerateArray())
        {
            if (message.ValueKind != JsonValueKind.Object || ToolRequests.Text(message, "role"u8) != "tool") continue;
            var id = ToolRequests.Text(message, "tool_call_id"u8) ?? "";
            var nth = seen[id] = seen.GetValueOrDefault(id) + 1;
            var call = asked.Where(a => a.Id == id).ElementAtOrDefault(nth - 1);
            if (call is { Result: null } && message.TryGetProperty("content"u8, out var content)) call.Result = ToolRequests.TextOf(content);
        }
    }

    private sealed class AskedTool(int step, string id)
    {
        public int Step { get; } = step;

        public string Id { get; } = id;

        public string? Result { get; set; }
    }
}

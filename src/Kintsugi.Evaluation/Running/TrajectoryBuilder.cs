using System.Text.Json;
using Kintsugi.Evaluation.Running.Protocols;
using Kintsugi.Models;
using Kintsugi.Models.Wire;
using Kintsugi.Tracing;

namespace Kintsugi.Evaluation.Running;

/// <summary>Makes out of a sample's calls, and of what the agent's own spans say, what happened in it: which model was asked, which tools it called, what they gave, which upstreams were asked.</summary>
/// <remarks>
/// A tool's result is never an event of its own: it is a part of the *next* request, and of all after it, since the agent sends its whole conversation
/// each time. So a call is taken from the answer in which it appears first, a result from the first request that has it.
/// </remarks>
public static class TrajectoryBuilder
{
    /// <param name="told">What the agent says itself; empty for one that sends no spans.</param>
    public static Trajectory Build(IReadOnlyList<OutsideCall> calls, IReadOnlyList<Trace> told, string standardError, IReadOnlyList<string> notes)
    {
        if (calls.Count == 0 && told.Count == 0 && standardError.Length == 0 && notes.Count == 0) return Trajectory.Empty;
        var steps = new List<WitnessedStep>(calls.Count);
        var asked = new List<AskedTool>();
        foreach (var made in calls)
        {
            if (made is RecordedUpstreamCall upstream) steps.Add(new WitnessedStep(StepOf(upstream), null));
            if (made is not RecordedCall call) continue;
            var dialect = WirePaths.DialectOf(call.Request.Path);
            if (dialect is { } results && asked.Exists(a => a.Result is null)) TakeResults(call.Request.Body, results, asked);
            steps.Add(new WitnessedStep(
                new ModelCall(
                    call.Provider, call.Model, call.ServedModel, call.Answer.Status, call.Replayed, call.Latency,
                    call.InputTokens, call.OutputTokens, call.CostUsd, call.FinishReason, call.Fault, call.Refusal),
                null));
            if (dialect is not { } requests) continue;
            foreach (var tool in ToolRequests.In(call.Answer, requests))
            {
                asked.Add(new AskedTool(steps.Count, tool.Id));
                steps.Add(new WitnessedStep(new ToolCall(tool.Name, tool.Arguments, null), tool.Id.Length == 0 ? null : tool.Id));
            }
        }
        foreach (var tool in asked)
            if (tool.Result is not null) steps[tool.Step].Step = (ToolCall)steps[tool.Step].Step with { Result = tool.Result };
        var unseen = told.Count == 0 ? [] : ToldSteps.Add(steps, told);
        return new Trajectory([.. steps.Select(s => s.Step)], standardError, [.. notes, .. unseen]);
    }

    // Upstream, method and path are the agent's words.
    private static UpstreamCall StepOf(RecordedUpstreamCall call) => new(
        Excerpt.Of(call.Upstream, 128), Excerpt.Of(call.Method, 16), call.Host, Excerpt.Of(call.Path, 1000), call.Status, call.Replayed, call.Latency, call.Fault);

    // Some services number calls anew in each answer: of equal ids the n-th result belongs to the n-th call.
    private static void TakeResults(ReadOnlyMemory<byte> request, Dialect dialect, List<AskedTool> asked)
    {
        using var document = ToolRequests.TryParse(request);
        if (document is null) return;
        var seen = new Dictionary<string, int>();
        foreach (var (id, result) in ResultsIn(document.RootElement, dialect))
        {
            var nth = seen[id] = seen.GetValueOrDefault(id) + 1;
            var call = asked.Where(a => a.Id == id).ElementAtOrDefault(nth - 1);
            if (call is { Result: null } && result is not null) call.Result = result;
        }
    }

    private static IEnumerable<(string Id, string? Result)> ResultsIn(JsonElement request, Dialect dialect) => dialect switch
    {
        Dialect.Chat =>
            from message in ToolRequests.Objects(request, "messages")
            where ToolRequests.Text(message, "role"u8) == "tool"
            select (ToolRequests.Text(message, "tool_call_id"u8) ?? "", TextIn(message, "content")),
        Dialect.Messages =>
            from message in ToolRequests.Objects(request, "messages")
            from block in ToolRequests.Objects(message, "content")
            where ToolRequests.Text(block, "type"u8) == "tool_result"
            select (ToolRequests.Text(block, "tool_use_id"u8) ?? "", TextIn(block, "content") ?? ""),
        _ =>
            from item in ToolRequests.Objects(request, "input")
            where ToolRequests.Text(item, "type"u8) == "function_call_output"
            select (ToolRequests.Text(item, "call_id"u8) ?? "", TextIn(item, "output")),
    };

    private static string? TextIn(JsonElement parent, string name) => parent.TryGetProperty(name, out var value) ? ToolRequests.TextOf(value) : null;

    private sealed class AskedTool(int step, string id)
    {
        public int Step { get; } = step;

        public string Id { get; } = id;

        public string? Result { get; set; }
    }
}

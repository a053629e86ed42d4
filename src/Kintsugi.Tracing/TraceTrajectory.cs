using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Kintsugi.Tracing;

/// <summary>A trace of production as the trajectory of an evaluation, and the other way round: so that gold, scorers and triage see one shape.</summary>
public static class TraceTrajectory
{
    private static readonly JsonElement NoArguments = JsonDocument.Parse("{}").RootElement;

    /// <summary>Model calls, tool calls and requests over HTTP that no model's call made, in the order in which they began.</summary>
    /// <remarks>What a trajectory tells and a trace does not: prices, replays. A status that nothing says is 200 where the call did not fail, else 0.</remarks>
    public static Trajectory ToTrajectory(this Trace trace)
    {
        ArgumentNullException.ThrowIfNull(trace);
        var calls = new HashSet<string>(); // model calls and all within them: their own requests
        List<Step> steps = [];
        foreach (var operation in trace.Operations)
        {
            var isWithin = operation.Parent is { } parent && calls.Contains(parent);
            if (operation is ModelOperation || (isWithin && operation is not ToolOperation)) calls.Add(operation.Id);
            if ((ToStep(operation) ?? (isWithin ? null : UpstreamOf(operation))) is { } step) steps.Add(step);
        }
        return new Trajectory(steps, "", []);
    }

    /// <summary>A sample's recording as a trace: its root is the agent, given the input and giving the output.</summary>
    /// <param name="id">32 hexadecimal digits.</param>
    /// <param name="start">Steps have no time of their own: each begins where the one before it ended.</param>
    public static Trace ToTrace(this Trajectory trajectory, string id, string agent, string? version, DateTimeOffset start, JsonNode? input, JsonNode? output, OperationError? error)
    {
        ArgumentNullException.ThrowIfNull(trajectory);
        const string root = "0";
        var at = start;
        List<Operation> operations = [];
        foreach (var (step, n) in trajectory.Steps.Select((step, n) => (step, (n + 1).ToString(CultureInfo.InvariantCulture))))
        {
            operations.Add(OperationOf(step, n, root, at));
            at += operations[^1].Took ?? TimeSpan.Zero;
        }
        var other = new JsonObject();
        if (trajectory.StandardError.Length > 0) other["stderr"] = trajectory.StandardError;
        if (trajectory.Notes.Count > 0) other["notes"] = new JsonArray([.. trajectory.Notes.Select(n => JsonValue.Create(n))]);
        return new Trace(id, agent, version, [new Operation(root, null, agent, start, at - start, error, input, output, TraceDialect.Recording, other) { Agent = agent }, .. operations]);
    }

    /// <summary>A model's or a tool's call as a step; null for anything else.</summary>
    public static Step? ToStep(this Operation operation) => operation switch
    {
        ModelOperation call => new ModelCall(
            call.Provider ?? "", call.ModelAsked ?? call.ModelAnswered ?? "", call.ModelAnswered, StatusOf(call), false, call.Took ?? TimeSpan.Zero,
            call.Usage?.Input ?? 0, call.Usage?.Output ?? 0, null, call.FinishReasons.Count > 0 ? call.FinishReasons[0] : null, FaultOf(call)),
        ToolOperation tool => new ToolCall(tool.Tool, Element(tool.Input), Text(tool.Output) ?? tool.Error?.Message),
        _ => null,
    };

    private static UpstreamCall? UpstreamOf(Operation operation) =>
        operation.Dialect == TraceDialect.Plain && Word(operation, "http.request.method", "http.method") is { } method
        && Uri.TryCreate(Word(operation, "url.full", "http.url"), UriKind.Absolute, out var url)
            ? new UpstreamCall(url.Host, method, url.Host, url.AbsolutePath, StatusOf(operation), false, operation.Took ?? TimeSpan.Zero, FaultOf(operation))
            : null;

    private static int StatusOf(Operation operation)
    {
        foreach (var name in new[] { "http.response.status_code", "http.status_code" })
            if (operation.Other[name] is JsonValue value && int.TryParse(value.ToString(), CultureInfo.InvariantCulture, out var said) && said is >= 100 and < 600) return said;
        if (operation.Error is not { } error) return 200;
        return Status(error.Type) ?? Status(error.Message) ?? 0; // OpenAI's client: "429 Rate limit reached"
    }

    private static int? Status(string text) =>
        text.Length >= 3 && (text.Length == 3 || text[3] == ' ') && int.TryParse(text.AsSpan(0, 3), NumberStyles.None, CultureInfo.InvariantCulture, out var status) && status is >= 400 and < 600
            ? status : null;

    private static string? FaultOf(Operation operation) =>
        StatusOf(operation) is var status and (408 or 429 or >= 500) ? $"status {status}" : null;

    private static Operation OperationOf(Step step, string id, string parent, DateTimeOffset at) => step switch
    {
        ModelCall call => new ModelOperation(
            id, parent, call.Model, at, call.Latency, ErrorOf(call.Status, call.Refusal ?? call.Fault), null, null, TraceDialect.Recording,
            call.Replayed ? new JsonObject { ["replayed"] = true } : [], call.Provider.Length == 0 ? null : call.Provider, call.Model, call.ServedModel, [], [], [], [],
            call.InputTokens == 0 && call.OutputTokens == 0 ? null : new TokenUsage(call.InputTokens, call.OutputTokens, null, null, Counter.Provider),
            call.FinishReason is null ? [] : [Dialects.OneSpelling.Finish(call.FinishReason)], null, null),
        ToolCall tool => new ToolOperation(
            id, parent, tool.Name, at, null, null, Node(tool.Arguments), tool.Result is null ? null : JsonValue.Create(tool.Result), TraceDialect.Recording, [], tool.Name, null)
        { OnlyAsked = true },
        UpstreamCall call => new Operation(
            id, parent, $"{call.Method} {call.Upstream}", at, call.Latency, ErrorOf(call.Status, call.Fault), null, null, TraceDialect.Recording,
            new JsonObject { ["http.request.method"] = call.Method, ["server.address"] = call.Host, ["url.path"] = call.Path, ["http.response.status_code"] = call.Status }),
        _ => throw new ArgumentException($"A step of the unknown kind {step.GetType().Name} cannot be read.", nameof(step)),
    };

    private static OperationError? ErrorOf(int status, string? why) =>
        why is null && status is >= 200 and < 400 ? null : new OperationError(status.ToString(CultureInfo.InvariantCulture), why ?? $"status {status}");

    private static string? Word(Operation operation, params string[] names) =>
        names.Select(n => operation.Other[n] is JsonValue value && value.TryGetValue(out string? text) && text.Length > 0 ? text : null).FirstOrDefault(t => t is not null);

    private static string? Text(JsonNode? node) => node is JsonValue value && value.TryGetValue(out string? text) ? text : node?.ToJsonString();

    private static JsonElement Element(JsonNode? node)
    {
        if (node is null) return NoArguments;
        using var document = JsonDocument.Parse(node.ToJsonString());
        return document.RootElement.Clone();
    }

    private static JsonNode? Node(JsonElement element) => Dialects.ForeignJson.Of(element);
}

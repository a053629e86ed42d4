using System.Text.Json.Nodes;
using Kintsugi.Tracing.Spans;
using static Kintsugi.Tracing.Dialects.ForeignJson;

namespace Kintsugi.Tracing.Dialects;

/// <summary>Runs of LangSmith's SDKs, of LangChain and of LangGraph: a span's attributes are the run's own fields.</summary>
internal static class LangSmithRuns
{
    public const string Scope = "langsmith";

    /// <summary>Fields that the operation, its place in the trace or the trace itself tell.</summary>
    private static readonly HashSet<string> Told =
    [
        "id", "trace_id", "parent_run_id", "dotted_order", "name", "run_type", "start_time", "end_time", "session_name", "child_runs", "inputs", "outputs", "error", "extra", "serialized",
        "events",
    ];

    /// <summary>Entries of `extra.metadata` that a property of any run tells.</summary>
    private static readonly HashSet<string> ToldMetadata = ["langgraph_node", "lc_agent_name"];

    private static readonly HashSet<string> ToldOfCalls =
        ["ls_provider", "ls_model_name", "ls_temperature", "ls_max_tokens", "ls_stop", "ls_invocation_params", "usage_metadata", .. ToldMetadata];

    public static bool Speaks(SpanData span) => span.Scope == Scope && span.Attributes.ContainsKey("run_type");

    public static Operation Read(SpanData span)
    {
        var run = span.Attributes;
        var metadata = At(At(run, "extra"), "metadata");
        var type = AsText(At(run, "run_type"));
        var facts = new SpanFacts(span, TraceDialect.LangSmith)
        {
            Input = Copy(At(run, "inputs")),
            Output = Copy(At(run, "outputs")),
            Error = span.Failed ? SpanErrors.OfText(span.StatusMessage ?? "") : null,
            Node = AsWords(At(metadata, "langgraph_node")),
            Agent = AsWords(At(metadata, "lc_agent_name")),
            Other = Rest(run, type is "llm" or "embedding"),
        };
        if (type == "tool") return Tool(facts, At(run, "extra"));
        if (type is not ("llm" or "embedding")) return facts.ToStep();

        ReadCall(facts, At(run, "extra"), metadata);
        return facts.ToModel();
    }

    private static void ReadCall(SpanFacts facts, JsonNode? extra, JsonNode? metadata)
    {
        var request = ProviderBodies.Request(facts.Input);
        var answer = ProviderBodies.Answer(facts.Output);
        facts.Provider = AsWords(At(metadata, "ls_provider")) is { } provider ? OneSpelling.Provider(provider) : null;
        facts.ModelAsked = AsWords(At(metadata, "ls_model_name")) ?? request.Model;
        facts.ModelAnswered = answer.Model;
        facts.ResponseId = answer.Id;
        facts.Messages = request.Messages;
        facts.Answer = answer.Messages;
        facts.Tools = request.Tools.Count > 0 ? request.Tools
            : MessageReader.ToolNames(At(At(extra, "invocation_params"), "tools") ?? At(At(metadata, "ls_invocation_params"), "tools"));
        facts.FinishReasons = answer.FinishReasons;
        facts.Usage = ProviderBodies.Usage(At(metadata, "usage_metadata"), Counter.Provider) ?? answer.Usage;
        facts.ToFirstToken = facts.Span.Events.Where(e => e.Name == "new_token").Select(e => e.Time - facts.Span.Start).Where(t => t >= TimeSpan.Zero).Cast<TimeSpan?>().Min();
        foreach (var more in new[] { request.Settings, ProviderBodies.Settings(At(extra, "invocation_params")), ProviderBodies.Settings(At(metadata, "ls_invocation_params")), Named(metadata) })
            foreach (var (name, value) in more) facts.Settings.TryAdd(name, Copy(value));
    }

    private static JsonObject Named(JsonNode? metadata)
    {
        var settings = new JsonObject();
        foreach (var (name, setting) in new[] { ("ls_temperature", "temperature"), ("ls_max_tokens", "max_tokens"), ("ls_stop", "stop_sequences") })
            if (At(metadata, name) is { } value) settings[setting] = Copy(value);
        return settings;
    }

    private static ToolOperation Tool(SpanFacts facts, JsonNode? extra)
    {
        var result = facts.Output is JsonObject { Count: 1 } and var outputs ? At(outputs, "output", "outputs") ?? outputs : facts.Output;
        var message = At(result, "kwargs") ?? result; // a message of LangChain, which tells whom it answers
        var callId = AsWords(At(message, "tool_call_id")) ?? AsWords(At(extra, "tool_call_id")) ?? (AsText(At(facts.Input, "type")) is "tool_call" ? AsWords(At(facts.Input, "id")) : null);
        facts.Output = AsWords(At(message, "tool_call_id")) is null ? Copy(result) : ForeignJson.Told(At(message, "content"));
        if (facts.Input is JsonObject { Count: 1 } inputs && AsText(At(inputs, "input")) is { } text && OfText(text) is JsonObject arguments) facts.Input = arguments;
        else if (AsText(At(facts.Input, "type")) is "tool_call" && At(facts.Input, "args") is { } args) facts.Input = Copy(args);
        return facts.ToTool(facts.Span.Name, callId);
    }

    private static JsonObject Rest(JsonObject run, bool isCall)
    {
        var rest = new JsonObject();
        foreach (var (name, value) in run)
            if (!Told.Contains(name) && value is not null) rest[name] = Copy(value);
        if (At(run, "extra") is not JsonObject extra) return rest;

        var kept = new JsonObject();
        foreach (var (name, value) in extra)
        {
            if (name == "tool_call_id" || (name == "invocation_params" && isCall)) continue;
            kept[name] = name == "metadata" && value is JsonObject metadata
                ? new JsonObject(metadata.Where(m => !(isCall ? ToldOfCalls : ToldMetadata).Contains(m.Key)).Select(m => KeyValuePair.Create(m.Key, Copy(m.Value))))
                : Copy(value);
        }
        rest["extra"] = kept;
        return rest;
    }
}

using System.ComponentModel;
using System.Globalization;
using System.Text.Json.Nodes;
using Kintsugi.Tracing;
using Kintsugi.Tracing.Dialects;
using Kintsugi.Tracing.Spans;

namespace Kintsugi.Cli.Output;

/// <summary>What `trace list --json` prints.</summary>
internal sealed record TraceListDocument([property: Description("Newest first.")] IReadOnlyList<TraceRow> Traces);

/// <summary>One trace in a line.</summary>
internal sealed record TraceRow(
    [property: Description("32 hexadecimal digits.")] string Id,
    string Service,
    [property: Description("What the sender says of its version.")] string? Version,
    [property: Description("Of the operation that contains the others.")] string Name,
    DateTimeOffset Start,
    [property: Description("Null while it has not ended.")] double? DurationMs,
    OperationError? Error,
    [property: Description("Of the error: equal for errors that say the same.")] string? Signature,
    IReadOnlyList<string> Models,
    long Tokens,
    [property: Description("Tools that were called, in order.")] IReadOnlyList<string> Tools,
    int Spans)
{
    private const int MostNames = 20;

    public static TraceRow Of(StoredTrace stored)
    {
        var trace = SpanBodies.Read(stored);
        var (root, failure) = (trace.Root, trace.Failure);
        return new TraceRow(
            trace.Id, trace.Service, trace.Version, root?.Name ?? "", root?.Start ?? DateTimeOffset.UnixEpoch, root?.Took?.TotalMilliseconds, failure?.Error,
            failure is null ? null : stored.Spans.FirstOrDefault(s => s.Id.ToString() == failure.Id)?.Signature,
            [.. trace.ModelCalls.Select(m => m.ModelAnswered ?? m.ModelAsked).OfType<string>().Distinct(StringComparer.Ordinal).Take(MostNames)],
            trace.Operations.Sum(o => Sum(o is ModelOperation model ? model.Usage : o.UsageWithin)), [.. trace.ToolCalls.Select(t => t.Tool).Take(MostNames)], stored.Spans.Count);
    }

    private static long Sum(TokenUsage? usage) => Math.Clamp(usage?.Input ?? 0, 0, int.MaxValue) + Math.Clamp(usage?.Output ?? 0, 0, int.MaxValue); // a stranger's numbers
}

/// <summary>What `trace show --json` prints: one request to an agent, in one spelling whatever sent it (docs/traces.md).</summary>
internal sealed record TraceDocument(string Id, string Service, string? Version, [property: Description("In the order in which they began.")] IReadOnlyList<Operation> Operations)
{
    public static TraceDocument Of(Trace trace) => new(trace.Id, trace.Service, trace.Version, trace.Operations);
}

/// <summary>Traces on a terminal. All of it is strangers' words.</summary>
internal static class TraceText
{
    private const int LongestName = 60, LongestLine = 200, MostOperations = 500, MostMessages = 20, DeepestIndent = 30;

    public static void WriteRow(TextWriter to, TraceRow row)
    {
        var what = row.Error is { } error ? $"failed: {Words(error)}" : string.Join(", ", row.Models.Concat(row.Tools.Select(t => $"{t}()")));
        to.WriteLine($"{row.Id}  {row.Start:yyyy-MM-dd HH:mm:ss}  {Took(row.DurationMs),8}  {Text.Plain($"{row.Service}{(row.Version is null ? "" : $" {row.Version}")}", 30),-20}  {Text.Plain(row.Name, 30),-20}  {Text.Plain(what, 100)}".TrimEnd());
    }

    public static void Write(TextWriter to, Trace trace)
    {
        to.WriteLine($"{trace.Id}  {Text.Plain(trace.Service, LongestName)}{(trace.Version is null ? "" : $" {Text.Plain(trace.Version, LongestName)}")}  {trace.Root?.Start:yyyy-MM-dd HH:mm:ss}");
        var known = trace.Operations.Select(o => o.Id).ToHashSet(StringComparer.Ordinal);
        var below = trace.Operations.Where(o => o.Parent is not null && known.Contains(o.Parent)).ToLookup(o => o.Parent!, StringComparer.Ordinal);
        var open = new Stack<(Operation Operation, int Depth)>(trace.Operations.Where(o => o.Parent is null || !known.Contains(o.Parent)).Reverse().Select(o => (o, 0)));
        var written = 0;
        while (written < MostOperations && open.TryPop(out var next))
        {
            written++;
            Write(to, next.Operation, new string(' ', 2 * Math.Min(next.Depth, DeepestIndent)));
            foreach (var inner in below[next.Operation.Id].Reverse()) open.Push((inner, next.Depth + 1));
        }
        if (trace.Operations.Count > written) to.WriteLine($"… and {trace.Operations.Count - written} more; --json has all.");
    }

    private static void Write(TextWriter to, Operation operation, string indent)
    {
        var facts = operation switch
        {
            ModelOperation model => $"  {Models(model)}{Tokens(model.Usage)}{(model.FinishReasons.Count == 0 ? "" : $"  {model.FinishReasons[0]}")}",
            ToolOperation tool => $"  tool {tool.Tool}{(tool.OnlyAsked ? ", asked for; no span ran it" : "")}",
            _ => Tokens(operation.UsageWithin),
        };
        to.WriteLine($"{indent}{Text.Plain(operation.Name, LongestName)}  {Took(operation.Took?.TotalMilliseconds)}{Text.Plain(facts, LongestLine)}");
        if (operation.Error is { } error) Line("FAILED", Words(error));
        if (operation is ModelOperation said)
        {
            foreach (var message in said.Messages.Concat(said.Answer).Take(MostMessages)) Line(message.Role, string.Join(" ", message.Parts.Select(Words)));
            if (said.Messages.Count + said.Answer.Count > MostMessages) Line("…", $"{said.Messages.Count + said.Answer.Count - MostMessages} more messages");
        }
        if (operation.Input is { } input) Line("given", Words(input));
        if (operation.Output is { } output) Line("gave", Words(output));

        void Line(string what, string words) => to.WriteLine($"{indent}    {Text.Plain(what, 20)}: {Text.Plain(words, LongestLine)}");
    }

    private static string Models(ModelOperation model) =>
        $"{model.Provider}{(model.Provider is null ? "" : "/")}{model.ModelAsked ?? model.ModelAnswered}{(model.ModelAnswered is { } answered && model.ModelAsked is { } asked && answered != asked ? $" answered by {answered}" : "")}";

    private static string Tokens(TokenUsage? usage) =>
        usage is null ? "" : $"  {usage.Input?.ToString(CultureInfo.InvariantCulture) ?? "?"} + {usage.Output?.ToString(CultureInfo.InvariantCulture) ?? "?"} tokens{(usage.SaidBy == Counter.Instrumentation ? " (counted by the sender)" : "")}";

    private static string Took(double? ms) => ms switch
    {
        null => "open",
        < 10_000 => string.Create(CultureInfo.InvariantCulture, $"{ms:0} ms"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{ms / 1000:0.0} s"),
    };

    private static string Words(OperationError error) => error.Type.Length == 0 ? error.Message : $"{error.Type}: {error.Message}";

    private static string Words(MessagePart part) => part switch
    {
        TextPart text => text.Text,
        ToolRequestPart request => $"→ {request.Tool} {(request.Arguments is { } arguments ? Words(arguments) : "")}",
        ToolResultPart { Result: { } result } => Words(result),
        OtherPart { Content: { } content } => Words(content),
        _ => "",
    };

    private static string Words(JsonNode node) => node is JsonValue value && value.TryGetValue(out string? text) ? text : node.ToJsonString();
}

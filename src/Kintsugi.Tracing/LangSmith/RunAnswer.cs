using System.Globalization;
using System.Text.Json.Nodes;
using Kintsugi.Tracing.Spans;
using Kintsugi.Tracing.Wire;

namespace Kintsugi.Tracing.LangSmith;

/// <summary>A stored run as LangSmith's SDK reads it.</summary>
internal static class RunAnswer
{
    /// <param name="session">The id of its project; null when that has been deleted.</param>
    public static JsonObject Of(SpanRow row, string? session)
    {
        var fields = RunFields.Of(row.Body);
        var run = new JsonObject { ["id"] = row.Id.ToGuid().ToString(), ["trace_id"] = row.Trace.ToGuid().ToString() };
        foreach (var (field, _) in fields.All) run[Name(field)] = RawJson.Of(field.Value);
        run["start_time"] = Time(row.StartNs);
        if (row.DurationNs is { } took) run["end_time"] = Time(row.StartNs + took);
        run["status"] = row.Signature is not null ? "error" : row.DurationNs is null ? "pending" : "success";
        run["session_id"] = session;
        run["parent_run_id"] = row.Parent?.ToGuid().ToString();
        run["parent_run_ids"] = Above(LangSmithRun.OrderOf(fields["dotted_order"u8]));
        run["inputs"] ??= new JsonObject();
        foreach (var (name, counted) in (ReadOnlySpan<(string, string)>)[("prompt_tokens", "input_tokens"), ("completion_tokens", "output_tokens"), ("total_tokens", "total_tokens")])
            if (Tokens(fields, counted) is { } tokens) run[name] ??= tokens;
        return run;
    }

    private static string Name(JsonField field) => JsonBytes.Text([(byte)'"', .. field.Name.Span, (byte)'"'])!;

    private static string Time(long ns) => Document.Time(DateTimeOffset.UnixEpoch.AddTicks(ns / 100));

    /// <param name="counted">`input_tokens`, `output_tokens` or `total_tokens`.</param>
    /// <returns>Null when nobody counted.</returns>
    public static long? Tokens(RunFields run, string counted) => Count(run["outputs"u8], "usage_metadata", counted) ?? Count(run["extra"u8], "metadata", "usage_metadata", counted);

    private static long? Count(ReadOnlySpan<byte> json, params ReadOnlySpan<string> path) =>
        json.Length > 0 && long.TryParse(JsonBytes.Find(json, path), NumberStyles.None, CultureInfo.InvariantCulture, out var count) ? count : null;

    private static JsonArray Above(string order) =>
        new([.. order.Split('.')[..^1].Where(s => s.Length > 36).Select(s => JsonValue.Create(s[^36..]))]);
}

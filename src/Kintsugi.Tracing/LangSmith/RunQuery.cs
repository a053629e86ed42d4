using System.Globalization;
using System.Text.Json.Nodes;
using Kintsugi.Tracing.Spans;
using Kintsugi.Tracing.Wire;

namespace Kintsugi.Tracing.LangSmith;

/// <summary>What `POST /runs/query` asks for: its plain conditions. LangSmith's language of filters is not spoken.</summary>
/// <param name="Before">Where the page before this one ended, exclusive; null for the first.</param>
internal sealed record RunQuery(
    IReadOnlyList<Guid> Sessions, IReadOnlyList<Guid> Ids, Guid? Trace, Guid? Parent, IReadOnlyList<Guid> Examples, string? Type, bool? IsRoot, bool? Failed, long? FromNs, long? Before, int Limit, bool Ascending)
{
    public const int MostRuns = 1_000;

    /// <summary>Of runs that are looked at for a page; one may be larger.</summary>
    public const long MostBytes = 16 << 20;

    private const int UsualRuns = 100;

    private static readonly string[] NotSpoken = ["query", "filter", "trace_filter", "tree_filter", "search_filter", "execution_order", "reference_dataset", "end_time"];

    /// <exception cref="RefusedException">422: a condition that is not served, or of another kind.</exception>
    public static RunQuery Of(JsonObject asked)
    {
        foreach (var name in NotSpoken)
            if (asked[name] is not null) throw Document.Unprocessable($"Runs are not found by `{name}` here. Ask by session, id, trace, parent_run, reference_example, run_type, is_root, error and start_time.");
        var limit = Number(asked, "limit") ?? UsualRuns;
        if (limit is < 1 or > MostRuns) throw Document.Unprocessable($"`limit` must be from 1 to {MostRuns}.");
        return new RunQuery(
            Listed(asked, "session"), Listed(asked, "id"), Document.Id(asked, "trace"), Document.Id(asked, "parent_run"), Listed(asked, "reference_example"), Document.Text(asked, "run_type"), Flag(asked, "is_root"), Flag(asked, "error"),
            Document.Text(asked, "start_time") is { } from ? JsonBytes.TimeNs(System.Text.Json.JsonSerializer.SerializeToUtf8Bytes(from)) ?? throw Document.Unprocessable("`start_time` must be a time in ISO 8601.") : null,
            Document.Text(asked, "cursor") is { } cursor ? long.TryParse(cursor, NumberStyles.None, CultureInfo.InvariantCulture, out var before) ? before : throw Document.Unprocessable("`cursor` is none that was given out here.") : null,
            limit, Document.Text(asked, "order") == "asc");
    }

    /// <summary>Whether a run meets all conditions on itself. Its project is not among them.</summary>
    public bool Matches(SpanRow row) =>
        (Trace is not { } trace || row.Trace.ToGuid() == trace)
        && (Parent is not { } parent || row.Parent?.ToGuid() == parent)
        && (IsRoot is not { } isRoot || row.Parent is null == isRoot)
        && (Failed is not { } failed || row.Signature is not null == failed)
        && row.StartNs >= (FromNs ?? 0)
        && (Type is null || JsonBytes.Text(RunFields.Of(row.Body)["run_type"u8]) == Type)
        && (Examples.Count == 0 || (JsonBytes.Id(RunFields.Of(row.Body)["reference_example_id"u8]) is { } example && Examples.Contains(example)));

    private static List<Guid> Listed(JsonObject asked, string name) => asked[name] switch
    {
        null => [],
        JsonArray list when list.Count <= MostRuns => [.. list.Select(e => e is JsonValue value && value.TryGetValue<string>(out var text) && Guid.TryParse(text, out var id) ? id : throw Document.Unprocessable($"`{name}` must be a list of UUIDs."))],
        JsonValue => [Document.Id(asked, name)!.Value],
        _ => throw Document.Unprocessable($"`{name}` must be a list of at most {MostRuns} UUIDs."),
    };

    private static bool? Flag(JsonObject asked, string name) =>
        asked[name] switch { null => null, JsonValue value when value.TryGetValue<bool>(out var flag) => flag, _ => throw Document.Unprocessable($"`{name}` must be true or false.") };

    private static int? Number(JsonObject asked, string name) =>
        asked[name] switch { null => null, JsonValue value when value.TryGetValue<int>(out var number) => number, _ => throw Document.Unprocessable($"`{name}` must be a whole number.") };
}

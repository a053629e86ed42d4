using System.Globalization;
using System.Text;
using Kintsugi.Tracing.Dialects;
using Kintsugi.Tracing.Spans;
using Kintsugi.Tracing.Wire;

namespace Kintsugi.Tracing.LangSmith;

/// <summary>A LangSmith run as a span.</summary>
public static class LangSmithRun
{
    /// <summary>Of a run that names no project, as LangSmith calls it.</summary>
    internal const string DefaultProject = "default";

    private const string Scope = "langsmith";
    private const int LongestName = 1_000;
    private const int UuidLength = 36;

    /// <summary>Some hundreds of runs below one another.</summary>
    private const int LongestOrder = 32 << 10;

    /// <summary>Puts what is stored of a run together with what arrives: in any order, and however often either comes, the same run.</summary>
    /// <remarks>
    /// Of two halves that say a field the one that ends the run counts, then another patch, then its start; of two that are the same in this, the newer one.
    /// What is not said (`null`) never replaces what is.
    /// </remarks>
    public static SpanRow Merge(SpanRow older, SpanRow newer)
    {
        if (older.Format != SpanFormat.LangSmith || older.Body.Span.SequenceEqual(newer.Body.Span)) return newer;
        var fields = RunFields.Of(older.Body);
        fields.Add(RunFields.Of(newer.Body));
        return Row(newer.Id, newer.Trace, RunBody.Write(newer.Id, newer.Trace, fields, size => new byte[size]), Math.Min(older.StartNs, newer.StartNs), new RunSources());
    }

    /// <param name="receivedNs">Stands in for the start of a run that does not tell it.</param>
    internal static SpanRow Row(SpanId id, TraceId trace, RunBody body, long receivedNs, RunSources sources)
    {
        var name = Cut(JsonBytes.Text(body.Name) ?? "");
        var role = RoleOf(body.Type);
        var extra = RunExtra.Read(body.Extra);
        var order = OrderOf(body.Order);
        var start = JsonBytes.TimeNs(body.Start) ?? StartIn(order) ?? TimeIn(id) ?? receivedNs;
        return new SpanRow(
            trace, id, ParentOf(body.Parent, order, id), sources.Of(body.Session, extra), name, role,
            start, JsonBytes.TimeNs(body.End) is { } end ? Math.Max(0, end - start) : null, SignatureOf(name, body.Error)?.Hash,
            role == SpanRole.Model ? ModelOf(body, extra) : null, SpanFormat.LangSmith, body.Json);
    }

    /// <summary>A `dotted_order`; empty where there is none that a tree of runs could have.</summary>
    internal static string OrderOf(ReadOnlySpan<byte> value) => value.Length <= LongestOrder && JsonBytes.Text(value) is { } order ? order : "";

    /// <summary>The trace that a `dotted_order` begins with.</summary>
    internal static TraceId? TraceIn(string order) => order.Split('.', 2)[0] is { Length: > UuidLength } root ? TraceId.Of(root[^UuidLength..]) : null;

    internal static SpanSource Source(ReadOnlySpan<byte> session, RunExtra extra) => new(
        JsonBytes.Text(session) is { Length: > 0 } project ? Cut(project) : DefaultProject,
        JsonBytes.Text(extra.Revision) is { Length: > 0 } revision ? Cut(revision) : null,
        Scope,
        extra.Runtime.StartsWith("{"u8) ? Encoding.UTF8.GetString(extra.Runtime) : "{}");

    private static SpanRole RoleOf(ReadOnlySpan<byte> type) =>
        type.SequenceEqual("\"llm\""u8) || type.SequenceEqual("\"embedding\""u8) ? SpanRole.Model
        : type.SequenceEqual("\"tool\""u8) ? SpanRole.Tool
        : SpanRole.Other;

    private static SpanId? ParentOf(ReadOnlySpan<byte> parent, string order, SpanId id)
    {
        var named = JsonBytes.Id(parent) is { } given ? SpanId.Of(given.ToString()) : order.Split('.') is [.., { Length: > UuidLength } before, _] ? SpanId.Of(before[^UuidLength..]) : null;
        return named == id ? null : named;
    }

    /// <summary>The time of the last segment of `yyyyMMddTHHmmssffffffZ` and a UUID, joined by points from the root down.</summary>
    private static long? StartIn(string order) =>
        order[(order.LastIndexOf('.') + 1)..] is { Length: > UuidLength } own
        && DateTimeOffset.TryParseExact(own[..^UuidLength], "yyyyMMdd'T'HHmmssffffff'Z'", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time)
            ? JsonBytes.Ns(time)
            : null;

    /// <summary>The milliseconds that a UUID of version 7 begins with (RFC 9562 §5.7).</summary>
    private static long? TimeIn(SpanId id) => ((int)(id.Value >> 76) & 0xf) == 7 && (long)(id.Value >> 80) is var ms and > 0 and < long.MaxValue / 1_000_000 ? ms * 1_000_000 : null;

    private static ErrorSignature? SignatureOf(string name, ReadOnlySpan<byte> error)
    {
        if ((JsonBytes.Text(error) ?? Encoding.UTF8.GetString(error)) is not { Length: > 0 } said) return null;
        var told = SpanErrors.OfText(said);
        return told.Type.Length > 0 ? ErrorSignature.Of(told.Type, told.Message) : ErrorSignature.Of(name, said);
    }

    private static string? ModelOf(RunBody body, RunExtra extra)
    {
        var model = Said(body.Outputs, "model");
        if (model is null && Said(body.Outputs, "generations", "0", "0", "message", "kwargs", "response_metadata", "model_name") is { } langChain) model = langChain;
        model ??= JsonBytes.Text(extra.ModelName) ?? Said(extra.InvocationParameters, "model") ?? Said(extra.InvocationParameters, "model_name") ?? Said(body.Inputs, "model");
        return model is null ? null : Cut(model);
    }

    private static string? Said(ReadOnlySpan<byte> json, params ReadOnlySpan<string> path) =>
        json.Length == 0 ? null : JsonBytes.Text(JsonBytes.Find(json, path)) is { Length: > 0 } text ? text : null;

    private static string Cut(string text) => text.Length <= LongestName ? text : text[..LongestName];
}

/// <summary>Who sent the runs of one batch: mostly all the same, so that the last one is remembered.</summary>
internal sealed class RunSources
{
    private byte[] _session = [], _revision = [], _runtime = [];
    private SpanSource? _last;

    public SpanSource Of(ReadOnlySpan<byte> session, RunExtra extra)
    {
        if (_last is not null && session.SequenceEqual(_session) && extra.Revision.SequenceEqual(_revision) && extra.Runtime.SequenceEqual(_runtime)) return _last;
        (_session, _revision, _runtime) = (session.ToArray(), extra.Revision.ToArray(), extra.Runtime.ToArray());
        return _last = LangSmithRun.Source(session, extra);
    }
}

using System.Text;
using System.Text.Json.Nodes;
using Kintsugi.Storage;
using Kintsugi.Tracing.Spans;

namespace Kintsugi.Tracing.Otlp;

/// <summary>OTLP in protobuf: opentelemetry-proto 1.x, `collector/trace/v1` and `collector/logs/v1`.</summary>
internal static class OtlpProtobuf
{
    private const int LongestName = 512;

    /// <summary>`STATUS_CODE_ERROR`.</summary>
    private const ulong Failed = 2;

    /// <summary>Reads an `ExportTraceServiceRequest`.</summary>
    /// <param name="request">What must not be kept is blotted out of it where it lies.</param>
    /// <exception cref="InvalidDataException">It is no such message.</exception>
    public static OtlpRequest Traces(Memory<byte> request, SpanRedaction redaction)
    {
        ProtoRedaction.Apply(request.Span, isOfLogs: false, redaction);
        return new OtlpRequest(Items(request), Row, null);
    }

    /// <summary>Reads an `ExportLogsServiceRequest`.</summary>
    /// <inheritdoc cref="Traces"/>
    public static OtlpRequest Logs(Memory<byte> request, SpanRedaction redaction)
    {
        ProtoRedaction.Apply(request.Span, isOfLogs: true, redaction);
        return new OtlpRequest(Items(request), null, Note);
    }

    /// <summary>Reads a stored `Span` whole.</summary>
    /// <exception cref="InvalidDataException">It is no such message.</exception>
    public static SpanData Read(ReadOnlySpan<byte> span, string scope)
    {
        (SpanId? id, SpanId? parent, string name, int kind, ulong start, ulong end, bool failed, string? message) = (null, null, "", 0, 0, 0, false, null);
        var attributes = new JsonObject();
        List<SpanEvent> events = [];
        var left = ProtoValues.Most;
        var reader = new ProtoReader(span);
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 2: id = SpanId.Of(reader.Bytes()); break;
                case 4: parent = SpanId.Of(reader.Bytes()); break;
                case 5: name = Encoding.UTF8.GetString(reader.Bytes()); break;
                case 6: kind = (int)reader.Number(); break;
                case 7: start = reader.Fixed64(); break;
                case 8: end = reader.Fixed64(); break;
                case 9: ProtoValues.Add(attributes, reader.Bytes(), ref left); break;
                case 11: events.Add(Event(reader.Bytes(), ref left)); break;
                case 15: (failed, message) = Status(reader.Bytes()); break;
                default: reader.Skip(); break;
            }
        }
        return new SpanData(id ?? throw new InvalidDataException("A stored span has no id."), parent, name, kind, scope, UnixTime.Of(start), end < start ? null : TimeSpan.FromTicks((long)((end - start) / 100)), failed, message, attributes, events);
    }

    // Spans and log records lie alike: by resource, and in it by scope.
    private static List<OtlpItem> Items(ReadOnlyMemory<byte> request)
    {
        List<OtlpItem> items = [];
        var top = new ProtoReader(request.Span);
        while (top.Next())
        {
            if (top.Field != 1) { top.Skip(); continue; }
            SpanSource? resource = null;
            var ofResource = Slice(request, ref top);
            var inner = new ProtoReader(ofResource.Span);
            while (inner.Next())
            {
                if (inner.Field != 2) { inner.Skip(); continue; }
                SpanSource? source = null;
                var ofScope = Slice(ofResource, ref inner);
                var each = new ProtoReader(ofScope.Span);
                while (each.Next())
                {
                    if (each.Field != 2) { each.Skip(); continue; }
                    if (items.Count == OtlpRequest.MostItems) throw OtlpRequest.TooMany();
                    source ??= (resource ??= Resource(ofResource.Span)) with { Scope = Scope(ofScope.Span) };
                    items.Add(new OtlpItem(source, Slice(ofScope, ref each)));
                }
            }
        }
        return items;
    }

    private static ReadOnlyMemory<byte> Slice(ReadOnlyMemory<byte> message, ref ProtoReader reader) => reader.Bytes() is var bytes ? message.Slice(reader.Start, bytes.Length) : default;

    private static SpanRow? Row(OtlpItem item)
    {
        (TraceId? trace, SpanId? id, SpanId? parent, string name, ulong start, ulong end) = (null, null, null, "", 0, 0);
        var status = default(StatusView);
        var signs = default(SpanSigns);
        var reader = new ProtoReader(item.Bytes.Span);
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 1: trace = TraceId.Of(reader.Bytes()); break;
                case 2: id = SpanId.Of(reader.Bytes()); break;
                case 4: parent = SpanId.Of(reader.Bytes()); break;
                case 5: name = Shown.Word(SpanSigns.Text(reader.Bytes()), LongestName); break;
                case 7: start = reader.Fixed64(); break;
                case 8: end = reader.Fixed64(); break;
                case 9:
                    if (ProtoValues.Text(reader.Bytes(), out var key, out var value)) signs.See(key, value);
                    break;
                case 11: SeeEvent(reader.Bytes(), ref signs); break;
                case 15: status = StatusOf(reader.Bytes()); break;
                default: reader.Skip(); break;
            }
        }
        if (trace is null || id is null || start is 0 or > long.MaxValue || end > long.MaxValue) return null;
        return new SpanRow(
            trace.Value, id.Value, parent, item.Source, name, signs.Role, (long)start, end < start ? null : (long)(end - start),
            status.Code == Failed ? signs.Signature(name, status.Message).Hash : null, signs.Model is { } model ? Shown.Word(model, LongestName) : null, SpanFormat.OtlpProtobuf, item.Bytes);
    }

    private static void SeeEvent(ReadOnlySpan<byte> sent, ref SpanSigns signs)
    {
        var reader = new ProtoReader(sent);
        while (reader.Next())
        {
            if (reader.Field != 3) reader.Skip();
            else if (ProtoValues.Text(reader.Bytes(), out var key, out var value)) signs.SeeInEvent(key, value);
        }
    }

    private static StatusView StatusOf(ReadOnlySpan<byte> status)
    {
        var view = default(StatusView);
        var reader = new ProtoReader(status);
        while (reader.Next())
        {
            if (reader.Field == 2) view.Message = reader.Bytes();
            else if (reader.Field == 3) view.Code = reader.Number();
            else reader.Skip();
        }
        return view;
    }

    private static (bool HasFailed, string? Message) Status(ReadOnlySpan<byte> status)
    {
        var view = StatusOf(status);
        return (view.Code == Failed, view.Message.Length > 0 ? Encoding.UTF8.GetString(view.Message) : null);
    }

    private static SpanEvent Event(ReadOnlySpan<byte> sent, ref int left)
    {
        (ulong time, string name) = (0, "");
        var attributes = new JsonObject();
        var reader = new ProtoReader(sent);
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 1: time = reader.Fixed64(); break;
                case 2: name = Encoding.UTF8.GetString(reader.Bytes()); break;
                case 3: ProtoValues.Add(attributes, reader.Bytes(), ref left); break;
                default: reader.Skip(); break;
            }
        }
        return new SpanEvent(name, UnixTime.Of(time), attributes);
    }

    private static SpanNote? Note(OtlpItem item)
    {
        (TraceId? trace, SpanId? span, string name, ulong time, ulong observed, JsonNode? body) = (null, null, "", 0, 0, null);
        var attributes = new JsonObject();
        var reader = new ProtoReader(item.Bytes.Span);
        var left = ProtoValues.Most;
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 1: time = reader.Fixed64(); break;
                case 5: body = ProtoValues.Value(reader.Bytes(), ref left); break;
                case 6: ProtoValues.Add(attributes, reader.Bytes(), ref left); break;
                case 9: trace = TraceId.Of(reader.Bytes()); break;
                case 10: span = SpanId.Of(reader.Bytes()); break;
                case 11: observed = reader.Fixed64(); break;
                case 12: name = SpanSigns.Text(reader.Bytes()); break;
                default: reader.Skip(); break;
            }
        }
        return OtlpNote.Of(trace, span, item.Source, name, time == 0 ? observed : time, body, attributes);
    }

    private static SpanSource Resource(ReadOnlySpan<byte> ofResource)
    {
        var attributes = new JsonObject();
        var left = OtlpSource.MostValues;
        var outer = new ProtoReader(ofResource);
        while (outer.Next())
        {
            if (outer.Field != 1) { outer.Skip(); continue; }
            var resource = new ProtoReader(outer.Bytes());
            while (resource.Next())
            {
                if (resource.Field == 1) ProtoValues.Add(attributes, resource.Bytes(), ref left);
                else resource.Skip();
            }
        }
        return OtlpSource.Of(attributes);
    }

    private static string Scope(ReadOnlySpan<byte> ofScope)
    {
        var outer = new ProtoReader(ofScope);
        while (outer.Next())
        {
            if (outer.Field != 1) { outer.Skip(); continue; }
            var scope = new ProtoReader(outer.Bytes());
            while (scope.Next())
            {
                if (scope.Field == 1) return Shown.Word(SpanSigns.Text(scope.Bytes()), LongestName);
                scope.Skip();
            }
        }
        return "";
    }

    private ref struct StatusView
    {
        public ulong Code;
        public ReadOnlySpan<byte> Message;
    }
}

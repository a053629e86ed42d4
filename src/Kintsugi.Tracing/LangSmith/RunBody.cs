using System.Text.Json;
using Kintsugi.Storage;
using Kintsugi.Tracing.Spans;
using Kintsugi.Tracing.Wire;

namespace Kintsugi.Tracing.LangSmith;

/// <summary>A run as it is stored, and where in it those fields lie that it is searched by.</summary>
/// <remarks>Every field is written once, at its place in the order that <see cref="RunFields"/> tells.</remarks>
internal sealed class RunBody
{
    private readonly Memory<byte> _json;
    private Range _name, _type, _start, _end, _error, _extra, _inputs, _outputs, _parent, _order, _session, _example;
    private readonly List<Range> _others = [];
    private int _length;

    private RunBody(Memory<byte> json) => _json = json;

    public ReadOnlyMemory<byte> Json => _json[.._length];

    public ReadOnlySpan<byte> Name => _json.Span[_name];
    public ReadOnlySpan<byte> Type => _json.Span[_type];
    public ReadOnlySpan<byte> Start => _json.Span[_start];
    public ReadOnlySpan<byte> End => _json.Span[_end];
    public ReadOnlySpan<byte> Error => _json.Span[_error];
    public Span<byte> Extra => _json.Span[_extra];
    public ReadOnlySpan<byte> Inputs => _json.Span[_inputs];
    public ReadOnlySpan<byte> Outputs => _json.Span[_outputs];
    public ReadOnlySpan<byte> Parent => _json.Span[_parent];
    public ReadOnlySpan<byte> Order => _json.Span[_order];
    public ReadOnlySpan<byte> Session => _json.Span[_session];
    public ReadOnlySpan<byte> Example => _json.Span[_example];

    /// <param name="room">Gives as many bytes as it is asked for.</param>
    public static RunBody Write(SpanId id, TraceId trace, RunFields fields, Func<int, Memory<byte>> room)
    {
        var size = 128;
        foreach (var (field, _) in fields.All) size += field.Name.Length + field.Value.Length + 4;
        var body = new RunBody(room(size));
        body.Put("{"u8);
        body.Put(fields, RunHalf.End);
        body.Put("id"u8, id.ToGuid());
        body.Put(fields, RunHalf.Patch);
        body.Put("trace_id"u8, trace.ToGuid());
        body.Put(fields, RunHalf.Post);
        body._json.Span[body._length - 1] = (byte)'}'; // in place of the last comma
        return body;
    }

    /// <summary>Takes out what must not be kept. Afterwards <see cref="Extra"/> is scrubbed as well.</summary>
    public void Redact(SpanRedaction redaction)
    {
        var json = _json.Span[.._length];
        JsonBytes.MendSurrogates(json);
        RunExtra.Scrub(Extra);
        if (redaction.HasRules) foreach (var words in (Range[])[_name, _error, _extra, _inputs, _outputs, .. _others]) ByRules(_json.Span[words], redaction);
        KeyShapes.Blot(json);
    }

    /// <summary>Blots values below names that the owner gave, and texts that his patterns match; a text with escapes in it is then blotted whole.</summary>
    private static void ByRules(Span<byte> json, SpanRedaction redaction)
    {
        if (json.Length == 0) return;
        var reader = new Utf8JsonReader(json, JsonBytes.Taken);
        while (reader.Read())
        {
            if (reader.TokenType == JsonTokenType.PropertyName && redaction.Names(reader.GetString()!))
            {
                reader.Read();
                var start = (int)reader.TokenStartIndex;
                reader.Skip();
                Blot(json[start..(int)reader.BytesConsumed]);
            }
            else if (reader.TokenType == JsonTokenType.String)
            {
                var text = json.Slice((int)reader.TokenStartIndex + 1, reader.ValueSpan.Length);
                if (!reader.ValueIsEscaped) redaction.Apply(text);
                else if (reader.GetString()! is var said && redaction.Apply(said) != said) text.Fill((byte)'*');
            }
        }
    }

    private static void Blot(Span<byte> value)
    {
        value.Fill((byte)'*');
        if (value.Length == 1) value[0] = (byte)'0';
        else value[0] = value[^1] = (byte)'"';
    }

    private void Put(RunFields fields, RunHalf half)
    {
        foreach (var (field, of) in fields.All)
        {
            if (of != half) continue;
            var name = field.Name.Span;
            Put("\""u8);
            Put(name);
            Put("\":"u8);
            var at = new Range(_length, _length + field.Value.Length);
            Put(field.Value.Span);
            Put(","u8);
            if (name.SequenceEqual("name"u8)) _name = at;
            else if (name.SequenceEqual("run_type"u8)) _type = at;
            else if (name.SequenceEqual("start_time"u8)) _start = at;
            else if (name.SequenceEqual("end_time"u8)) _end = at;
            else if (name.SequenceEqual("error"u8)) _error = at;
            else if (name.SequenceEqual("extra"u8)) _extra = at;
            else if (name.SequenceEqual("inputs"u8)) _inputs = at;
            else if (name.SequenceEqual("outputs"u8)) _outputs = at;
            else if (name.SequenceEqual("parent_run_id"u8)) _parent = at;
            else if (name.SequenceEqual("dotted_order"u8)) _order = at;
            else if (name.SequenceEqual("session_name"u8)) _session = at;
            else if (name.SequenceEqual("reference_example_id"u8)) _example = at;
            else if (!name.SequenceEqual("session_id"u8)) _others.Add(at);
        }
    }

    private void Put(ReadOnlySpan<byte> name, Guid id)
    {
        Put("\""u8);
        Put(name);
        Put("\":\""u8);
        id.TryFormat(_json.Span[_length..], out var written);
        _length += written;
        Put("\","u8);
    }

    private void Put(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(_json.Span[_length..]);
        _length += bytes.Length;
    }
}

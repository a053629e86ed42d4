using System.Text;
using Kintsugi.Tracing.Spans;

namespace Kintsugi.Tracing.Otlp;

/// <summary>Blots texts of an OTLP message where they lie, by the message's own structure: over its raw bytes a key could end in the tag of the next field.</summary>
internal static class ProtoRedaction
{
    /// <summary>Messages within messages; what is deeper is no value that anyone reads, and is blotted whole.</summary>
    private const int Deepest = 96;

    private static readonly Shape Any = new();
    private static readonly Shape Pair = new(Named: true) { Texts = [1], Parts = { [2] = Any } };
    private static readonly Shape Resource = new() { Parts = { [1] = Pair } };
    private static readonly Shape Scope = new() { Texts = [1, 2], Parts = { [3] = Pair } };
    private static readonly Shape Span = new()
    {
        Texts = [3, 5],
        Parts =
        {
            [9] = Pair,
            [11] = new Shape { Texts = [2], Parts = { [3] = Pair } },
            [13] = new Shape { Texts = [3], Parts = { [4] = Pair } },
            [15] = new Shape { Texts = [2] },
        },
    };

    private static readonly Shape LogRecord = new() { Texts = [3, 12], Parts = { [5] = Any, [6] = Pair } };
    private static readonly Shape Traces = Request(Span);
    private static readonly Shape Logs = Request(LogRecord);

    static ProtoRedaction()
    {
        Any.Texts = [1, 7];
        Any.Parts[5] = new Shape { Parts = { [1] = Any } };
        Any.Parts[6] = new Shape { Parts = { [1] = Pair } };
    }

    /// <exception cref="InvalidDataException">It is no such message.</exception>
    public static void Apply(Span<byte> request, bool isOfLogs, SpanRedaction redaction)
    {
        if (redaction.Concerns(request)) Blot(request, isOfLogs ? Logs : Traces, redaction, whole: false, 0);
    }

    private static Shape Request(Shape each) => new() { Parts = { [1] = new Shape { Parts = { [1] = Resource, [2] = new Shape { Parts = { [1] = Scope, [2] = each } } } } } };

    /// <param name="whole">Every value is blotted, not only what looks like something.</param>
    private static void Blot(Span<byte> message, Shape shape, SpanRedaction redaction, bool whole, int depth)
    {
        if (depth > Deepest)
        {
            message.Fill((byte)'*');
            return;
        }
        var isNamed = whole || (shape.Named && redaction.HasRules && redaction.Names(KeyOf(message)));
        var reader = new ProtoReader(message);
        while (reader.Next())
        {
            if (reader.Type != WireType.Length)
            {
                var before = reader.At;
                reader.Skip();
                if (whole) Clear(message[before..reader.At], reader.Type);
                continue;
            }
            var value = message.Slice(reader.Bytes() is var bytes ? reader.Start : 0, bytes.Length);
            if (shape.Parts.TryGetValue(reader.Field, out var part)) Blot(value, part, redaction, isNamed, depth + 1);
            else if (!shape.Texts.Contains(reader.Field)) continue;
            else if (whole) value.Fill((byte)'*');
            else redaction.Apply(value);
        }
    }

    // A number keeps its length, so the message stays a message.
    private static void Clear(Span<byte> value, WireType type)
    {
        if (type == WireType.Varint) foreach (ref var b in value) b &= 0x80;
        else value.Clear();
    }

    private static string KeyOf(ReadOnlySpan<byte> pair)
    {
        var reader = new ProtoReader(pair);
        while (reader.Next())
        {
            if (reader.Field == 1 && reader.Type == WireType.Length) return Encoding.UTF8.GetString(reader.Bytes());
            reader.Skip();
        }
        return "";
    }

    /// <summary>A kind of message: which of its fields are texts, and which are messages.</summary>
    /// <param name="Named">Field 1 names the attribute whose value the rest is.</param>
    private sealed record Shape(bool Named = false)
    {
        public int[] Texts { get; set; } = [];

        public Dictionary<int, Shape> Parts { get; } = [];
    }
}

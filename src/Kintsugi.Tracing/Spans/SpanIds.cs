using System.Buffers.Binary;
using System.Globalization;

namespace Kintsugi.Tracing.Spans;

/// <summary>The id of a trace: 16 bytes, written as 32 lower-case hexadecimal digits. A LangSmith trace's UUID is the same 16 bytes.</summary>
public readonly record struct TraceId(UInt128 Value)
{
    public const int Bytes = 16;

    /// <summary>Reads 16 bytes in big-endian order; null for another length and for zero, which the specification calls invalid.</summary>
    public static TraceId? Of(ReadOnlySpan<byte> bytes) =>
        bytes.Length == Bytes && BinaryPrimitives.ReadUInt128BigEndian(bytes) is var value && value != UInt128.Zero ? new TraceId(value) : null;

    /// <summary>Reads 32 hexadecimal digits, or a UUID with its hyphens; null for anything else.</summary>
    public static TraceId? Of(string text) => Guid.TryParse(text, out var id) && Uuid.ToValue(id) is var value && value != UInt128.Zero ? new TraceId(value) : null;

    public byte[] ToBytes()
    {
        var bytes = new byte[Bytes];
        BinaryPrimitives.WriteUInt128BigEndian(bytes, Value);
        return bytes;
    }

    public Guid ToGuid() => Uuid.Of(Value);

    public override string ToString() => Value.ToString("x32", CultureInfo.InvariantCulture);
}

/// <summary>The id of a span within its trace: 8 bytes from OpenTelemetry, the 16 of a UUID from LangSmith.</summary>
public readonly record struct SpanId(UInt128 Value)
{
    /// <summary>Reads 8 or 16 bytes in big-endian order; null for another length and for zero.</summary>
    public static SpanId? Of(ReadOnlySpan<byte> bytes) => bytes.Length switch
    {
        8 when BinaryPrimitives.ReadUInt64BigEndian(bytes) is var value && value != 0 => new SpanId(value),
        16 when BinaryPrimitives.ReadUInt128BigEndian(bytes) is var value && value != UInt128.Zero => new SpanId(value),
        _ => null,
    };

    /// <summary>Reads 16 hexadecimal digits or a UUID; null for anything else.</summary>
    public static SpanId? Of(string text) =>
        text.Length == 16 && ulong.TryParse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var value) ? (value == 0 ? null : new SpanId(value))
        : Guid.TryParse(text, out var id) && Uuid.ToValue(id) is var wide && wide != UInt128.Zero ? new SpanId(wide)
        : null;

    /// <returns>8 bytes where they hold it, else 16.</returns>
    public byte[] ToBytes()
    {
        var bytes = new byte[IsShort ? 8 : 16];
        if (IsShort) BinaryPrimitives.WriteUInt64BigEndian(bytes, (ulong)Value);
        else BinaryPrimitives.WriteUInt128BigEndian(bytes, Value);
        return bytes;
    }

    public Guid ToGuid() => Uuid.Of(Value);

    public override string ToString() => Value.ToString(IsShort ? "x16" : "x32", CultureInfo.InvariantCulture);

    /// <summary>8 bytes hold it.</summary>
    internal bool IsShort => Value <= ulong.MaxValue;
}

internal static class Uuid
{
    public static UInt128 ToValue(Guid id)
    {
        Span<byte> bytes = stackalloc byte[16];
        id.TryWriteBytes(bytes, bigEndian: true, out _);
        return BinaryPrimitives.ReadUInt128BigEndian(bytes);
    }

    public static Guid Of(UInt128 value)
    {
        Span<byte> bytes = stackalloc byte[16];
        BinaryPrimitives.WriteUInt128BigEndian(bytes, value);
        return new Guid(bytes, bigEndian: true);
    }
}

using System.Text;

namespace Kintsugi.Tracing.Otlp;

/// <summary>Writes fields of a protobuf message.</summary>
internal static class ProtoWriter
{
    public static void Number(Stream to, int field, ulong value)
    {
        Varint(to, ((ulong)field << 3) | (ulong)WireType.Varint);
        Varint(to, value);
    }

    public static void Text(Stream to, int field, string text) => Bytes(to, field, Encoding.UTF8.GetBytes(text));

    public static void Bytes(Stream to, int field, ReadOnlySpan<byte> bytes)
    {
        Varint(to, ((ulong)field << 3) | (ulong)WireType.Length);
        Varint(to, (ulong)bytes.Length);
        to.Write(bytes);
    }

    public static void Fixed64(Stream to, int field, ulong value)
    {
        Varint(to, ((ulong)field << 3) | (ulong)WireType.Fixed64);
        Span<byte> bytes = stackalloc byte[8];
        System.Buffers.Binary.BinaryPrimitives.WriteUInt64LittleEndian(bytes, value);
        to.Write(bytes);
    }

    private static void Varint(Stream to, ulong value)
    {
        for (; value >= 0x80; value >>= 7) to.WriteByte((byte)(value | 0x80));
        to.WriteByte((byte)value);
    }
}

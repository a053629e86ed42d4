using System.Text;
using System.Text.Json.Nodes;

namespace Kintsugi.Tracing.Otlp;

/// <summary>OTLP's `KeyValue` and `AnyValue` (common/v1) in protobuf.</summary>
internal static class ProtoValues
{
    /// <summary>Of one span or record: two bytes on the wire are a hundred here. What comes after them is dropped.</summary>
    public const int Most = 100_000;

    /// <summary>Values hold values; what is deeper is dropped.</summary>
    private const int Deepest = 32;

    /// <returns>False when the value is no text.</returns>
    public static bool Text(ReadOnlySpan<byte> pair, out ReadOnlySpan<byte> key, out ReadOnlySpan<byte> text)
    {
        key = text = default;
        var isText = false;
        var reader = new ProtoReader(pair);
        while (reader.Next())
        {
            if (reader.Field == 1) key = reader.Bytes();
            else if (reader.Field == 2)
            {
                var value = new ProtoReader(reader.Bytes());
                while (value.Next())
                {
                    isText = value.Field == 1;
                    if (isText) text = value.Bytes();
                    else value.Skip();
                }
            }
            else reader.Skip();
        }
        return isText;
    }

    /// <summary>Adds a `KeyValue`; of two with one name the last counts.</summary>
    /// <param name="left">How many values may still be made.</param>
    public static void Add(JsonObject to, ReadOnlySpan<byte> pair, ref int left) => Add(to, pair, 0, ref left);

    /// <summary>Reads an `AnyValue`. Numbers that JSON has no word for are text.</summary>
    /// <inheritdoc cref="Add(JsonObject, ReadOnlySpan{byte}, ref int)"/>
    public static JsonNode? Value(ReadOnlySpan<byte> any, ref int left) => Value(any, 0, ref left);

    private static JsonNode? Value(ReadOnlySpan<byte> any, int depth, ref int left)
    {
        JsonNode? value = null;
        var reader = new ProtoReader(any);
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 1: value = Encoding.UTF8.GetString(reader.Bytes()); break;
                case 2: value = reader.Number() != 0; break;
                case 3: value = (long)reader.Number(); break;
                case 4: value = BitConverter.UInt64BitsToDouble(reader.Fixed64()) is var number && double.IsFinite(number) ? number : "NaN"; break;
                case 5: value = List(reader.Bytes(), depth + 1, ref left); break;
                case 6: value = Map(reader.Bytes(), depth + 1, ref left); break;
                case 7: value = Convert.ToBase64String(reader.Bytes()); break;
                default: reader.Skip(); break;
            }
        }
        return value;
    }

    private static void Add(JsonObject to, ReadOnlySpan<byte> pair, int depth, ref int left)
    {
        if (left-- <= 0) return;
        string key = "";
        JsonNode? value = null;
        var reader = new ProtoReader(pair);
        while (reader.Next())
        {
            if (reader.Field == 1) key = Encoding.UTF8.GetString(reader.Bytes());
            else if (reader.Field == 2) value = Value(reader.Bytes(), depth, ref left);
            else reader.Skip();
        }
        to[key] = value;
    }

    private static JsonArray? List(ReadOnlySpan<byte> values, int depth, ref int left)
    {
        if (depth > Deepest) return null;
        var list = new JsonArray();
        var reader = new ProtoReader(values);
        while (reader.Next())
        {
            if (reader.Field != 1 || left-- <= 0) reader.Skip();
            else list.Add(Value(reader.Bytes(), depth, ref left));
        }
        return list;
    }

    private static JsonObject? Map(ReadOnlySpan<byte> pairs, int depth, ref int left)
    {
        if (depth > Deepest) return null;
        var map = new JsonObject();
        var reader = new ProtoReader(pairs);
        while (reader.Next())
        {
            if (reader.Field == 1) Add(map, reader.Bytes(), depth, ref left);
            else reader.Skip();
        }
        return map;
    }
}

using System.Buffers;
using System.Globalization;
using System.Numerics;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Kintsugi.Storage;

namespace Kintsugi.Evaluation.Datasets;

/// <summary>One spelling for equal JSON: keys sorted, no white space, numbers by value (1, 1.0 and 10e-1 are one).</summary>
public static class CanonicalJson
{
    /// <summary>SHA-256, lower-case hex, over the canonical spelling of the values in order; an absent one differs from null.</summary>
    /// <exception cref="JsonException">A string holds half a surrogate pair, or an object the same key twice.</exception>
    public static string Hash(params ReadOnlySpan<JsonElement?> values)
    {
        var buffer = new ArrayBufferWriter<byte>();
        foreach (var value in values)
        {
            if (value is { } present) Write(present, buffer);
            buffer.Write("\n"u8); // no canonical spelling holds a newline, so values cannot run into each other
        }
        return Convert.ToHexStringLower(SHA256.HashData(buffer.WrittenSpan));
    }

    /// <summary>The canonical spelling itself.</summary>
    /// <exception cref="JsonException">As <see cref="Hash"/>.</exception>
    public static string Text(JsonElement value)
    {
        var buffer = new ArrayBufferWriter<byte>();
        Write(value, buffer);
        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    private static void Write(JsonElement value, ArrayBufferWriter<byte> to)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.Object:
                WriteObject(value, to);
                break;
            case JsonValueKind.Array:
                to.Write("["u8);
                var first = true;
                foreach (var item in value.EnumerateArray())
                {
                    if (!first) to.Write(","u8);
                    first = false;
                    Write(item, to);
                }
                to.Write("]"u8);
                break;
            case JsonValueKind.String:
                WriteText(Words(value.GetString), to);
                break;
            case JsonValueKind.Number:
                WriteAscii(Number(value.GetRawText()), to);
                break;
            default:
                WriteAscii(value.GetRawText(), to);
                break;
        }
    }

    private static void WriteObject(JsonElement value, ArrayBufferWriter<byte> to)
    {
        var properties = new List<(string Name, JsonElement Value)>();
        foreach (var property in value.EnumerateObject()) properties.Add((Words(() => property.Name), property.Value));
        properties.Sort((a, b) => string.CompareOrdinal(a.Name, b.Name));
        to.Write("{"u8);
        for (var i = 0; i < properties.Count; i++)
        {
            if (i > 0 && properties[i].Name == properties[i - 1].Name)
                throw new JsonException($"The key '{Shown.Word(properties[i].Name)}' stands twice in one object.");
            if (i > 0) to.Write(","u8);
            WriteText(properties[i].Name, to);
            to.Write(":"u8);
            Write(properties[i].Value, to);
        }
        to.Write("}"u8);
    }

    private static string Words(Func<string?> read)
    {
        try
        {
            return read()!;
        }
        catch (InvalidOperationException e)
        {
            throw new JsonException("A string holds half of a surrogate pair or invalid UTF-8.", e);
        }
    }

    private static void WriteText(string text, ArrayBufferWriter<byte> to)
    {
        to.Write("\""u8);
        to.Write(JsonEncodedText.Encode(text).EncodedUtf8Bytes);
        to.Write("\""u8);
    }

    private static void WriteAscii(string text, ArrayBufferWriter<byte> to) => Encoding.ASCII.GetBytes(text, to);

    /// <summary>Sign, digits without zeros at either end, and a power of ten: exact for any length, as no floating type is.</summary>
    private static string Number(string raw)
    {
        var mantissa = raw.AsSpan();
        var exponent = BigInteger.Zero;
        var e = raw.AsSpan().IndexOfAny('e', 'E');
        if (e >= 0)
        {
            mantissa = raw.AsSpan(0, e);
            var power = raw.AsSpan(e + 1);
            if (power.Length > 20) return raw; // a power nobody means: equal only when spelt alike
            exponent = BigInteger.Parse(power, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
        }
        var negative = mantissa[0] == '-';
        if (negative) mantissa = mantissa[1..];
        var point = mantissa.IndexOf('.');
        var digits = point < 0 ? mantissa.ToString() : string.Concat(mantissa[..point], mantissa[(point + 1)..]);
        if (point >= 0) exponent -= mantissa.Length - point - 1;
        var significant = digits.TrimEnd('0');
        exponent += digits.Length - significant.Length;
        significant = significant.TrimStart('0');
        if (significant.Length == 0) return "0";
        return $"{(negative ? "-" : "")}{significant}{(exponent.IsZero ? "" : "e" + exponent.ToString(CultureInfo.InvariantCulture))}";
    }
}

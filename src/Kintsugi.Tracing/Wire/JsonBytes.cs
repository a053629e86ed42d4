using System.Buffers.Text;
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using Microsoft.AspNetCore.Http;

namespace Kintsugi.Tracing.Wire;

/// <summary>One member of an object in JSON.</summary>
/// <param name="Name">As it stands between the quotes.</param>
internal readonly record struct JsonField(ReadOnlyMemory<byte> Name, ReadOnlyMemory<byte> Value);

/// <summary>Reads a stranger's JSON where it lies, without making a tree of it.</summary>
internal static class JsonBytes
{
    /// <summary>Of what arrives.</summary>
    private static readonly JsonReaderOptions Arriving = new() { MaxDepth = 128 };

    private const long MostMs = long.MaxValue / 1_000_000;

    /// <summary>What has been taken may stand a little deeper where it is kept.</summary>
    public static readonly JsonReaderOptions Taken = new() { MaxDepth = 256 };

    /// <summary>Whether a value says nothing.</summary>
    public static bool IsNull(ReadOnlySpan<byte> value) => value.SequenceEqual("null"u8);

    /// <summary>The members of an object; of two with one name both.</summary>
    /// <param name="what">It is called so when it is refused.</param>
    /// <param name="most">Members.</param>
    /// <exception cref="RefusedException">400: no such JSON.</exception>
    public static List<JsonField> Fields(ReadOnlyMemory<byte> json, string what, int most) => Fields(json, what, most, Arriving);

    /// <summary>The members of a document that has been taken before.</summary>
    public static List<JsonField> TakenFields(ReadOnlyMemory<byte> json) => Fields(json, "What was stored", int.MaxValue, Taken);

    private static List<JsonField> Fields(ReadOnlyMemory<byte> json, string what, int most, JsonReaderOptions options)
    {
        var fields = new List<JsonField>(20);
        Read(json.Span, what, options, (ref Utf8JsonReader reader) =>
        {
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject) throw Refused($"{what} is no JSON object.");
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                if (fields.Count == most) throw Refused($"{what} has more than {most} fields.");
                var name = reader.ValueIsEscaped ? JsonEncodedText.Encode(reader.GetString()!).EncodedUtf8Bytes.ToArray() : json.Slice((int)reader.TokenStartIndex + 1, reader.ValueSpan.Length);
                reader.Read();
                var start = (int)reader.TokenStartIndex;
                reader.Skip();
                fields.Add(new JsonField(name, json[start..(int)reader.BytesConsumed]));
            }
        });
        return fields;
    }

    /// <summary>The elements of an array of objects.</summary>
    /// <inheritdoc cref="Fields(ReadOnlyMemory{byte}, string, int)"/>
    public static List<ReadOnlyMemory<byte>> Elements(ReadOnlyMemory<byte> json, string what, int most)
    {
        var elements = new List<ReadOnlyMemory<byte>>();
        Read(json.Span, what, Arriving, (ref Utf8JsonReader reader) =>
        {
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartArray) throw Refused($"{what} is no JSON array.");
            while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
            {
                if (elements.Count == most) throw Refused($"{what} has more than {most} elements.");
                var start = (int)reader.TokenStartIndex;
                reader.Skip();
                elements.Add(json[start..(int)reader.BytesConsumed]);
            }
        });
        return elements;
    }

    /// <summary>One value, whole.</summary>
    /// <inheritdoc cref="Fields(ReadOnlyMemory{byte}, string, int)"/>
    public static ReadOnlyMemory<byte> Value(ReadOnlyMemory<byte> json, string what)
    {
        var (start, end) = (0, 0);
        Read(json.Span, what, Arriving, (ref Utf8JsonReader reader) =>
        {
            if (!reader.Read()) throw Refused($"{what} is empty.");
            start = (int)reader.TokenStartIndex;
            reader.Skip();
            end = (int)reader.BytesConsumed;
        });
        return json[start..end];
    }

    /// <summary>How many values are in it, names and ends of lists among them: a tree takes a hundred bytes for each, which may be two here.</summary>
    /// <param name="most">Counted no further than one past this.</param>
    /// <exception cref="JsonException">It is no JSON.</exception>
    public static int Values(ReadOnlySpan<byte> json, int most)
    {
        var reader = new Utf8JsonReader(json, Taken);
        var values = 0;
        while (values <= most && reader.Read()) values++;
        return values;
    }

    /// <summary>Whether there are more <see cref="Values"/> in it than that.</summary>
    /// <inheritdoc cref="Values"/>
    public static bool HoldsMore(ReadOnlySpan<byte> json, int most) => json.Length > most && Values(json, most) > most;

    /// <summary>The value below <paramref name="path"/>, names of members and, for an array, `0` for its first element; empty when there is none.</summary>
    /// <param name="json">Valid.</param>
    public static ReadOnlySpan<byte> Find(ReadOnlySpan<byte> json, params ReadOnlySpan<string> path)
    {
        var reader = new Utf8JsonReader(json, Taken);
        reader.Read();
        foreach (var name in path)
        {
            if (reader.TokenType == JsonTokenType.StartArray && name == "0") reader.Read();
            else if (reader.TokenType != JsonTokenType.StartObject || !Enter(ref reader, name)) return default;
            if (reader.TokenType == JsonTokenType.EndArray) return default;
        }
        var start = (int)reader.TokenStartIndex;
        reader.Skip();
        return json[start..(int)reader.BytesConsumed];
    }

    /// <summary>What a string says; of anything else null.</summary>
    /// <param name="value">Valid.</param>
    public static string? Text(ReadOnlySpan<byte> value)
    {
        if (value.Length < 2 || value[0] != (byte)'"') return null;
        if (value.IndexOf((byte)'\\') < 0) return Encoding.UTF8.GetString(value[1..^1]);
        byte[] mended = [.. value]; // half a character would be no text
        MendSurrogates(mended);
        var reader = new Utf8JsonReader(mended, Taken);
        reader.Read();
        return reader.GetString();
    }

    public static Guid? Id(ReadOnlySpan<byte> value) =>
        value.Length == 38 && Utf8Parser.TryParse(value[1..^1], out Guid id, out var read) && read == 36 ? id : Text(value) is { } text && Guid.TryParse(text, out id) ? id : null;

    /// <summary>Nanoseconds since 1970 of an ISO string (in UTC where it names no zone) or of a number of milliseconds; null for anything else and for times outside of [1970, 2262).</summary>
    public static long? TimeNs(ReadOnlySpan<byte> value)
    {
        if (value.Length == 0) return null;
        if (value[0] != (byte)'"')
        {
            if (Utf8Parser.TryParse(value, out long whole, out var read) && read == value.Length) return whole is >= 0 and < MostMs ? whole * 1_000_000 : null;
            return Utf8Parser.TryParse(value, out double ms, out read) && read == value.Length && ms is >= 0 and < MostMs ? (long)(ms * 1_000_000) : null;
        }
        return DateTimeOffset.TryParse(Text(value), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time) ? Ns(time) : null;
    }

    public static long? Ns(DateTimeOffset time) => (time.UtcTicks - DateTimeOffset.UnixEpoch.Ticks) is >= 0 and < long.MaxValue / 100 and var ticks ? ticks * 100 : null;

    /// <summary>Makes valid what a reader of text would stumble over: escapes of half a character become `\ufffd`.</summary>
    public static void MendSurrogates(Span<byte> json)
    {
        for (var at = Next(json, 0); at < json.Length; at = Next(json, at))
        {
            var isPair = UnitAt(json, at) is >= 0xd800 and < 0xdc00 && UnitAt(json, at + 6) is >= 0xdc00 and < 0xe000;
            if (!isPair && UnitAt(json, at) is >= 0xd800 and < 0xe000) "fffd"u8.CopyTo(json[(at + 2)..]);
            at += isPair ? 12 : 2; // the character behind a backslash is never one itself
        }

        static int Next(ReadOnlySpan<byte> json, int from) => from >= json.Length || json[from..].IndexOf((byte)'\\') is not (>= 0 and var at) ? json.Length : from + at;
    }

    /// <returns>-1 where no `\uXXXX` stands.</returns>
    private static int UnitAt(ReadOnlySpan<byte> json, int at) =>
        at + 6 <= json.Length && json[at] == (byte)'\\' && json[at + 1] == (byte)'u' && Utf8Parser.TryParse(json.Slice(at + 2, 4), out ushort unit, out var read, 'x') && read == 4 ? unit : -1;

    private static bool Enter(ref Utf8JsonReader reader, string name)
    {
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var found = reader.ValueTextEquals(name);
            reader.Read();
            if (found) return true;
            reader.Skip();
        }
        return false;
    }

    private delegate void Reading(ref Utf8JsonReader reader);

    private static void Read(ReadOnlySpan<byte> json, string what, JsonReaderOptions options, Reading read)
    {
        if (!Utf8.IsValid(json)) throw Refused($"{what} is no UTF-8.");
        try
        {
            var reader = new Utf8JsonReader(json, options);
            read(ref reader);
            while (reader.Read()) { }
        }
        catch (JsonException e)
        {
            throw Refused($"{what} is no valid JSON: {e.Message}");
        }
        catch (InvalidOperationException) // half a character in a name
        {
            throw Refused($"{what} has a field whose name is no text.");
        }
    }

    private static RefusedException Refused(string message) => new(StatusCodes.Status400BadRequest, message);
}

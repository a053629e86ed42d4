using System.Buffers;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Kintsugi.Models.Providers.Simulated;

/// <summary>Tells facts from instructions in a message of the user's or of a tool's.</summary>
internal static partial class Told
{
    private const int MaxObjects = 16;

    /// <summary>Adds what the message's JSON objects and its lines "Name: value" say.</summary>
    /// <returns>What is left of the message: instructions, if anything.</returns>
    public static string Take(string message, Facts facts)
    {
        var trimmed = message.AsSpan().Trim();
        if (trimmed.Length > 1 && trimmed[0] == '{' && trimmed[^1] == '}' && TryAdd(trimmed, facts) == trimmed.Length) return "";
        var rest = TakeObjects(message, facts);
        return Line().Replace(rest, line =>
        {
            facts.Add(line.Groups["name"].Value.Replace(' ', '_'), line.Groups["value"].Value.Trim());
            return "";
        });
    }

    private static string TakeObjects(string message, Facts facts)
    {
        var rest = new StringBuilder();
        var from = 0;
        for (var found = 0; found < MaxObjects && message.IndexOf('{', from) is >= 0 and var open; found++)
        {
            rest.Append(message, from, open - from);
            var taken = TryAdd(message.AsSpan(open), facts);
            if (taken == 0) rest.Append('{');
            from = open + Math.Max(taken, 1);
        }
        return rest.Append(message, from, message.Length - from).ToString();
    }

    /// <returns>Characters of the object that the text begins with; 0 when it begins with none.</returns>
    private static int TryAdd(ReadOnlySpan<char> text, Facts facts)
    {
        var bytes = ArrayPool<byte>.Shared.Rent(Encoding.UTF8.GetMaxByteCount(text.Length));
        try
        {
            var length = Encoding.UTF8.GetBytes(text, bytes);
            var reader = new Utf8JsonReader(bytes.AsSpan(0, length), isFinalBlock: true, default);
            using var document = JsonDocument.ParseValue(ref reader);
            facts.Add(document.RootElement);
            return Encoding.UTF8.GetCharCount(bytes, 0, (int)reader.BytesConsumed);
        }
        catch (JsonException)
        {
            return 0; // a brace in prose: it is no fact, and stays where it was
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(bytes);
        }
    }

    [GeneratedRegex(@"^(?<name>\w[\w ]{0,40}):[ \t]+(?<value>\S.*)$", RegexOptions.Multiline | RegexOptions.CultureInvariant)]
    private static partial Regex Line();
}

using System.Text;
using System.Text.Json;
using CsCheck;

namespace Kintsugi.Tests.Models;

/// <summary>JSON in which one value is not what it should be.</summary>
internal static class HostileJson
{
    private static readonly string[] Odd =
        ["null", "7", "-1", "1e999", "9223372036854775807", "true", "\"\"", "\"x\"", "\"\\ud800\"", "[]", "[null]", "[[]]", "[7]", "{}", "{\"\\udc00\":1}", "{\"type\":7}", "[", ""];

    /// <param name="json">ASCII.</param>
    public static Gen<string> Changes(string json)
    {
        var values = Values(json);
        return Gen.Select(
            Gen.OneOf([.. values.Select(Gen.Const)]), Gen.OneOf([.. Odd.Select(Gen.Const)]),
            (value, put) => json[..value.Start] + put + json[value.End..]);
    }

    /// <summary>Where the values stand, nested ones too.</summary>
    private static List<(int Start, int End)> Values(string json)
    {
        var found = new List<(int Start, int End)>();
        var reader = new Utf8JsonReader(Encoding.ASCII.GetBytes(json));
        while (reader.Read())
        {
            if (reader.TokenType is JsonTokenType.PropertyName or JsonTokenType.EndArray or JsonTokenType.EndObject) continue;
            var end = reader;
            end.Skip();
            found.Add(((int)reader.TokenStartIndex, (int)end.BytesConsumed));
        }
        return found;
    }
}

using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Kintsugi.Tests.Healing.Review;

namespace Kintsugi.EndToEnd.Repair;

/// <summary>All that a model is sent in one repair, to the letter: a prompt, a tool or a bound that changes shows in the diff of a file.</summary>
public partial class TranscriptTests
{
    private static readonly JsonSerializerOptions Readable = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    [Theory]
    [InlineData("openai")]
    [InlineData("anthropic")]
    public async Task What_a_writer_is_sent_is_what_the_kept_transcript_says(string kind)
    {
        Move[] script = [.. MovedField.HonestFix[..^1], Move.Of("fly", new { to = "the moon" }), Move.Of("diff", new { }), MovedField.HonestFix[^1]];
        await using var model = await ScriptedModel.StartAsync(script);
        using var agent = await MovedField.MakeAsync(MovedField.Models(kind == "openai" ? model.Url : model.AnthropicUrl, kind));

        await agent.KintsugiAsync(0, "heal", "--json");

        // A conversation is sent anew with each turn, so its last request holds all of them.
        Assert.Equal(script.Length, model.Requests.Count);
        Assert.All(model.Requests.Zip(model.Requests.Skip(1)), pair => AssertBegins(pair.First, pair.Second));
        GoldenFile.Holds($"transcript-{kind}.txt", Normalised(model.Requests[^1]));
    }

    internal static void AssertBegins(JsonObject earlier, JsonObject later)
    {
        var (before, after) = ((JsonObject)earlier.DeepClone(), (JsonObject)later.DeepClone());
        var messages = before["messages"]!.AsArray();
        while (after["messages"]!.AsArray().Count > messages.Count) after["messages"]!.AsArray().RemoveAt(messages.Count);
        Assert.Equal(before.ToJsonString(), after.ToJsonString());
    }

    /// <summary>Texts in lines of their own, and without what no two runs have in common: ids of commits, blobs and manifests, and how long tests took.</summary>
    internal static string Normalised(JsonObject request) =>
        Seconds().Replace(Ids().Replace(request.ToJsonString(Readable).Replace("\\n", "\n", StringComparison.Ordinal), "ID"), "TIME") + "\n";

    [GeneratedRegex(@"\b(?=[0-9a-f]*[0-9])[0-9a-f]{7,64}\b")]
    private static partial Regex Ids();

    [GeneratedRegex(@"\b\d+\.\d+s\b")]
    private static partial Regex Seconds();
}

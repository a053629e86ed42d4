using System.Text;
using System.Text.Json;
using Kintsugi.Models;
using Kintsugi.Models.Cassettes;
using static Kintsugi.Tests.Models.Answers;

namespace Kintsugi.Tests.Models.Cassettes;

public class NearestRecordingTests
{
    private static readonly string Long = string.Join(' ', Enumerable.Range(0, 60).Select(n => $"word{n}"));

    /// <summary>What one sample has asked, what it asks in replay, and what it is told.</summary>
    public static TheoryData<string[], string, string> Misses => new()
    {
        {
            ["""{"model":"m","messages":[{"role":"system","content":"be brief"},{"role":"user","content":"hello"}]}"""],
            """{"model":"m","messages":[{"role":"system","content":"be brief"},{"role":"user","content":"hallo"}]}""",
            """messages[1].content: recorded "hello", asked "hallo" (nearest recording: sample 's', epoch 0, ordinal 0)"""
        },
        {
            [$$"""{"model":"m","input":"{{Long}} one {{Long}}"}"""],
            $$"""{"model":"m","input":"{{Long}} two {{Long}}"}""",
            """input: recorded "…56 word57 word58 word59 one word0 word1 word2 word3 word4 word5 word6 word7 word…", asked "…56 word57 word58 word59 two word0"""
        },
        {
            ["""{"model":"m","temperature":0}"""], """{"model":"m","temperature":0.5,"top_p":1}""",
            "temperature: recorded 0, asked 0.5 (nearest recording: sample 's', epoch 0, ordinal 0; differing places: 2)"
        },
        { ["""{"model":"m"}"""], """{"model":"m","seed":1}""", "seed: recorded nothing, asked 1 (" },
        { ["""{"model":"m","seed":1}"""], """{"model":"m"}""", "seed: recorded 1, asked nothing (" },
        { ["""{"model":"m","stop":["a"]}"""], """{"model":"m","stop":["a","b"]}""", """stop[1]: recorded nothing, asked "b" (""" },
        { ["""{"model":"m","stop":"a"}"""], """{"model":"m","stop":["a"]}""", """stop: recorded "a", asked ["a"] (""" },
        { ["""{"model":"m","n":{"a b":1}}"""], """{"model":"m","n":{"a b":2}}""", """n["a b"]: recorded 1, asked 2 (""" },
        { ["""{"model":"m","x":"a\nb"}"""], """{"model":"m","x":"a\nc"}""", """x: recorded "a\nb", asked "a\nc" (""" },
        { // the fewest places win over the newest
            ["""{"model":"m","x":"near","y":1}""", """{"model":"m","x":"far","y":2,"z":3}"""], """{"model":"m","x":"nearer","y":1}""",
            """x: recorded "near", asked "nearer" ("""
        },
        { ["""{"model":"m"}"""], """{"model":"other"}""", """model: recorded "m", asked "other" (""" },
    };

    [Theory]
    [MemberData(nameof(Misses))]
    public async Task A_miss_shows_the_nearest_recording_and_where_it_differs(string[] recorded, string asked, string expected)
    {
        await using var service = await StubService.StartAsync(StubService.Says("yes"));
        await using var earlier = GatewayRig.Of(service);
        foreach (var question in recorded) await earlier.AskAsync(Chat(question), Fresh());
        await using var rig = await earlier.AgainAsync(CassetteMode.Replay);

        Assert.Contains(expected, await MissAsync(rig, Chat(asked), Fresh()), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("s", 1, "only the epoch differs: recorded epoch 0, asked epoch 1")]
    [InlineData("t", 0, "the same question is recorded for sample 's', epoch 0, ordinal 0 and not for sample 't'")]
    public async Task A_question_that_another_draw_has_is_named(string sample, int epoch, string expected)
    {
        await using var service = await StubService.StartAsync(StubService.Says("yes"));
        await using var earlier = GatewayRig.Of(service);
        await earlier.AskAsync(GatewayRig.Ask(), Fresh());
        await using var rig = await earlier.AgainAsync(CassetteMode.Replay);

        Assert.Equal($"no_recording: {expected}", await MissAsync(rig, GatewayRig.Ask(), Fresh(sample, epoch)));
    }

    [Fact]
    public async Task Where_the_sample_has_none_the_model_is_looked_at()
    {
        await using var service = await StubService.StartAsync(StubService.Says("yes"));
        await using var earlier = GatewayRig.Of(service);
        await earlier.AskAsync(GatewayRig.Ask("one"), Fresh("other"));
        await using var rig = await earlier.AgainAsync(CassetteMode.Replay);

        Assert.Contains("(nearest recording: sample 'other', epoch 0, ordinal 0)", await MissAsync(rig, GatewayRig.Ask("two"), Fresh()), StringComparison.Ordinal);
        Assert.Equal("no_recording: nothing like it is recorded: no recording of sample 's' or of the model 'stub-2' has its path", await MissAsync(rig, GatewayRig.Ask("two", "stub-2"), Fresh()));
    }

    [Fact]
    public async Task A_recording_of_a_provider_off_the_route_says_so()
    {
        await using var service = await StubService.StartAsync(StubService.Says("yes"));
        await using var earlier = GatewayRig.Of(service);
        await earlier.AskAsync(GatewayRig.Ask(), Fresh());
        await using var rig = await earlier.AgainAsync(CassetteMode.Replay, config => config with
        {
            Providers = new Dictionary<string, ProviderConfig> { ["other"] = new("other", "openai", service.Url, null) },
            Roles = new Dictionary<string, IReadOnlyList<string>> { ["agent"] = ["other"] },
        });

        Assert.Equal("no_recording: it was recorded from 'p0', whose recordings do not answer here: the route is other", await MissAsync(rig, GatewayRig.Ask(), Fresh()));
    }

    [Fact]
    public async Task A_miss_tells_no_secret()
    {
        await using var service = await StubService.StartAsync(StubService.Says("yes"));
        await using var earlier = GatewayRig.Of(service);
        await earlier.AskAsync(GatewayRig.Ask("my key is nothing"), Fresh());
        await using var rig = await earlier.AgainAsync(CassetteMode.Replay);

        var told = await MissAsync(rig, GatewayRig.Ask($"my key is {GatewayRig.Key}"), Fresh());

        Assert.Contains($"asked \"my key is {new string('*', GatewayRig.Key.Length)}\"", told, StringComparison.Ordinal);
    }

    private static ModelRequest Chat(string body) => new("/v1/chat/completions", Encoding.UTF8.GetBytes(body));

    /// <summary>The fault, which the answer to the agent holds as well.</summary>
    private static async Task<string> MissAsync(GatewayRig rig, ModelRequest request, SampleCalls calls)
    {
        var answer = await rig.AskAsync(request, calls);
        var fault = Assert.Single(calls.Calls).Fault!;

        Assert.Equal(404, answer.Status);
        Assert.Contains(fault["no_recording: ".Length..], JsonDocument.Parse(answer.Body).RootElement.GetProperty("error").GetProperty("message").GetString(), StringComparison.Ordinal);
        return fault;
    }
}

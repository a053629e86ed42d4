using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Kintsugi.Models;
using Kintsugi.Models.Providers.Simulated;

namespace Kintsugi.Tests.Models.Simulated;

public class SimulatedProviderTests
{
    private const string Rubric = """
        You rate orders.

        Call `find_customer` with the order's `customer_id` before you score.
        Start at 10 points.
        - Add 30 points when `total` is at least 1000.
        - Add 5 points when `country` is one of: DE, AT or CH.
        - Subtract 20 points when `email` is from a free mail provider (gmail.com, gmx.de).
        - Subtract 7 points when `note` mentions one of: urgent, seo; people who shout are rarely in need.
        - If `vip` is true and `total` is more than 100, add 50 points.
        - Be kind to everyone.
        - Set `lane` to `fast` when `total` is at least 1000.
        - Otherwise, set `lane` to `slow`.
        Keep the score between 0 and 60.
        Answer with a JSON object with the fields `score`, `lane`, `country` and `reason`.
        """;

    private const string Tool = """
        [{"type":"function","function":{"name":"find_customer","parameters":{"type":"object","properties":{"customer_id":{"type":"string"}}}}}]
        """;

    private static readonly SimulatedWeather Exact = SimulatedWeather.Calm with { Noise = 0 };

    private static readonly Draw First = new("s1", 0, 0, 0);

    [Theory]
    [InlineData("""{"total":1000}""", 40, "fast")]
    [InlineData("""{"total":999}""", 10, "slow")]
    [InlineData("""{"total":50,"country":"at"}""", 15, "slow")]
    [InlineData("""{"total":50,"email":"a@gmail.com"}""", 0, "slow")]
    [InlineData("""{"total":50,"note":"SEO!"}""", 3, "slow")]
    [InlineData("""{"total":50,"note":"We are in Seoul"}""", 10, "slow")]
    [InlineData("""{"total":101,"vip":true}""", 60, "slow")]
    [InlineData("""{"total":100,"vip":true}""", 10, "slow")]
    public async Task Rubric_lines_are_followed(string order, double score, string lane)
    {
        var answer = await Final(Exact, Chat(Rubric, order));

        Assert.Equal(score, answer["score"]!.GetValue<double>());
        Assert.Equal(lane, answer["lane"]!.GetValue<string>());
    }

    [Fact]
    public async Task A_tool_the_prompt_names_is_called_with_the_field_it_names_and_its_result_counts()
    {
        var asked = await Message(Exact, Chat(Rubric, """{"customer_id":"c7","total":500}""", Tool));

        var call = asked["tool_calls"]![0]!;
        Assert.Equal("find_customer", call["function"]!["name"]!.GetValue<string>());
        Assert.Equal("""{"customer_id":"c7"}""", call["function"]!["arguments"]!.GetValue<string>());

        var conversation = JsonNode.Parse(Chat(Rubric, """{"customer_id":"c7","total":500}""", Tool))!;
        conversation["messages"]!.AsArray().Add(asked.DeepClone());
        conversation["messages"]!.AsArray().Add(new JsonObject
        {
            ["role"] = "tool",
            ["tool_call_id"] = call["id"]!.GetValue<string>(),
            ["content"] = """{"vip":true}""",
        });
        Assert.Equal(60, (await Final(Exact, conversation.ToJsonString()))["score"]!.GetValue<double>());
    }

    [Fact]
    public async Task A_renamed_parameter_is_followed()
    {
        var asked = await Message(Exact, Chat(Rubric, """{"customer_id":"c7"}""", Tool.Replace("customer_id", "client", StringComparison.Ordinal)));

        Assert.Equal("""{"client":"c7"}""", asked["tool_calls"]![0]!["function"]!["arguments"]!.GetValue<string>());
    }

    [Fact]
    public async Task Equal_draws_are_equal_and_noise_is_as_frequent_as_told()
    {
        var request = Chat(Rubric, """{"total":1000}""");
        var noisy = Exact with { Noise = 0.1, Seed = 4 };
        var provider = new SimulatedProvider("simulated", noisy, TimeProvider.System);
        var off = 0;
        for (var epoch = 0; epoch < 1000; epoch++)
        {
            var answer = await provider.AskAsync(Request(request), First with { Epoch = epoch }, TestContext.Current.CancellationToken);
            if (!Text(answer).Contains("\\\"score\\\":40", StringComparison.Ordinal)) off++;
        }

        var again = new SimulatedProvider("simulated", noisy, TimeProvider.System);
        Assert.Equal(Text(await Ask(provider, request)), Text(await Ask(again, request)));
        Assert.InRange(off, 60, 130); // 100 expected, less the slips that change nothing
    }

    [Fact]
    public async Task The_small_model_forgets_what_comes_after_the_fourth_line()
    {
        var answer = await Final(Exact, Chat(Rubric, """{"total":101,"vip":true}""").Replace("sim-large", "sim-small", StringComparison.Ordinal));

        Assert.Equal(10, answer["score"]!.GetValue<double>());
    }

    [Fact]
    public async Task A_drifted_model_reads_bounds_otherwise_and_shows_another_fingerprint()
    {
        var drifted = Exact with { Drift = new SimulatedDrift(AfterCalls: 1, AtLeastIsMoreThan: true) };
        var provider = new SimulatedProvider("simulated", drifted, TimeProvider.System);
        var before = await Ask(provider, Chat(Rubric, """{"total":1000}"""));
        var after = await Ask(provider, Chat(Rubric, """{"total":1000}"""));

        Assert.Contains("\\\"score\\\":40", Text(before), StringComparison.Ordinal);
        Assert.Contains("\\\"score\\\":10", Text(after), StringComparison.Ordinal);
        Assert.Contains("fp_simulated_1", Text(before), StringComparison.Ordinal);
        Assert.Contains("fp_simulated_2", Text(after), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Bad_weather_passes()
    {
        var weather = Exact with { RateLimit = new(FirstCalls: 2, RetryAfterMs: 30), Failures = new(FirstCalls: 1, Status: 502, TimeoutCalls: 1) };
        var provider = new SimulatedProvider("simulated", weather, TimeProvider.System);
        var request = Chat(Rubric, "{}");

        var limited = await Ask(provider, request);
        Assert.Equal((429, TimeSpan.FromMilliseconds(30)), (limited.Status, limited.RetryAfter));
        Assert.Equal(429, (await Ask(provider, request)).Status);
        Assert.Equal(502, (await Ask(provider, request)).Status);
        await Assert.ThrowsAsync<TimeoutException>(() => Ask(provider, request));
        Assert.Equal(200, (await Ask(provider, request)).Status);
    }

    [Fact]
    public async Task A_model_that_does_not_exist_is_refused_with_the_nearest_name()
    {
        var answer = await Ask(new SimulatedProvider("simulated", Exact, TimeProvider.System), Chat(Rubric, "{}").Replace("sim-large", "sim-larg", StringComparison.Ordinal));

        Assert.Equal(404, answer.Status);
        Assert.Contains("Did you mean 'sim-large'?", JsonNode.Parse(Text(answer))!["error"]!["message"]!.GetValue<string>(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("nonsense")]
    [InlineData("{}")]
    [InlineData("""{"model":"sim-large","messages":[]}""")]
    [InlineData("""{"model":"sim-large","messages":["hello"]}""")]
    public async Task What_is_no_request_is_refused(string body) =>
        Assert.Equal(400, (await Ask(new SimulatedProvider("simulated", Exact, TimeProvider.System), body)).Status);

    [Fact]
    public async Task A_prompt_it_cannot_follow_gets_an_answer_that_says_what_it_is()
    {
        var message = await Message(Exact, Chat("Write a poem.", "About {rain} and the sea"));

        Assert.Equal("Simulated answer, no language model: About {rain} and the sea", message["content"]!.GetValue<string>());
    }

    [Fact]
    public async Task A_stream_says_the_same_as_a_whole_answer()
    {
        var request = JsonNode.Parse(Chat(Rubric, """{"total":1000}"""))!;
        var whole = (await Message(Exact, request.ToJsonString()))["content"]!.GetValue<string>();
        request["stream"] = true;
        var answer = await Ask(new SimulatedProvider("simulated", Exact, TimeProvider.System), request.ToJsonString());

        var events = Text(answer).Split("\n\n", StringSplitOptions.RemoveEmptyEntries).Select(e => e["data: ".Length..]).ToList();
        Assert.Equal("[DONE]", events[^1]);
        var streamed = string.Concat(events.SkipLast(1).Select(e => JsonNode.Parse(e)!["choices"]![0]!["delta"]!["content"]?.GetValue<string>()));
        Assert.Equal(whole, streamed);
    }

    [Fact]
    public async Task Facts_may_stand_in_a_template_of_lines()
    {
        var prompt = "Start at 1 points.\n- Add 2 points when `plan` is pro.\nPlan: pro\nAnswer with a JSON object with the fields `score`.";
        var body = JsonSerializer.Serialize(new { model = "sim-large", messages = new[] { new { role = "user", content = prompt } } });

        Assert.Equal(3, (await Final(Exact, body))["score"]!.GetValue<double>());
    }

    [Fact]
    public void Weather_with_a_misspelt_key_or_a_value_out_of_range_is_refused()
    {
        var file = Path.GetTempFileName();
        try
        {
            File.WriteAllText(file, """{"seed": 3, "drift": {"after_calls": 2, "ignores": "deductions"}}""");
            Assert.Equal(IgnoredLines.Deductions, SimulatedWeather.FromFile(file).Drift!.Ignores);

            File.WriteAllText(file, """{"sed": 3}""");
            Assert.Contains("sed", Assert.Throws<InvalidDataException>(() => SimulatedWeather.FromFile(file)).Message, StringComparison.Ordinal);

            File.WriteAllText(file, """{"noise": 1.5}""");
            Assert.Contains("`noise` is 1.5", Assert.Throws<InvalidDataException>(() => SimulatedWeather.FromFile(file)).Message, StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public void Weather_reads_back_what_it_writes()
    {
        var file = Path.GetTempFileName();
        try
        {
            var weather = Exact with { Seed = 9, Drift = new SimulatedDrift(3, false, IgnoredLines.ToolCalls), LatencyMs = 4 };
            File.WriteAllText(file, weather.ToJson());
            Assert.Equal(weather, SimulatedWeather.FromFile(file));
        }
        finally
        {
            File.Delete(file);
        }
    }

    private static string Chat(string system, string user, string? tools = null) =>
        $$"""
        {"model":"sim-large","messages":[{"role":"system","content":{{JsonSerializer.Serialize(system)}}},
        {"role":"user","content":{{JsonSerializer.Serialize(user)}}}]{{(tools is null ? "" : ",\"tools\":" + tools)}}}
        """;

    private static ModelRequest Request(string body) => new("/v1/chat/completions", Encoding.UTF8.GetBytes(body));

    private static Task<ModelAnswer> Ask(SimulatedProvider provider, string body) =>
        provider.AskAsync(Request(body), First, TestContext.Current.CancellationToken);

    private static async Task<JsonNode> Message(SimulatedWeather weather, string body)
    {
        var answer = await Ask(new SimulatedProvider("simulated", weather, TimeProvider.System), body);
        Assert.True(answer.Status == 200, Text(answer));
        return JsonNode.Parse(answer.Body.Span)!["choices"]![0]!["message"]!;
    }

    private static async Task<JsonNode> Final(SimulatedWeather weather, string body) =>
        JsonNode.Parse((await Message(weather, body))["content"]!.GetValue<string>())!;

    private static string Text(ModelAnswer answer) => Encoding.UTF8.GetString(answer.Body.Span);
}

using System.Text;
using System.Text.Json;
using Kintsugi.Models;
using Kintsugi.Models.Budgets;

namespace Kintsugi.Tests.Models.Budgets;

public class PriceListTests
{
    private static readonly PriceList Prices = PriceList.Parse("""
        {
          "host": { "m": { "input": 2.5, "output": 10, "max_output": 100 }, "m-2024-08-06": { "input": 1, "output": 1 }, "claude-x": { "input": 4, "output": 20 } }, // a remark
          "dear": { "m": { "input": 3, "output": 9 }, "n": { "input": 50, "output": 80, "cached_input": 5, "cache_write": 60 } }
        }
        """u8);

    [Theory]
    [InlineData("m", 3.5)] // 1,000,000 x 2.5 + 100,000 x 10, by the million
    [InlineData("m-2025-01-31", 3.5)]
    [InlineData("m-20250131", 3.5)]
    [InlineData("m-latest", 3.5)]
    [InlineData("m-2024-08-06", 1.1)]
    [InlineData("vendor/m", 3.5)]
    [InlineData("vendor/m-2024-08-06", 1.1)]
    public void A_price_is_by_the_million_tokens_and_a_snapshot_or_a_vendors_name_costs_what_its_model_does(string model, double expected) =>
        Assert.Equal((decimal)expected, Prices.Find("HOST", model)!.Cost(new Usage(1_000_000, 100_000)));

    [Theory]
    [InlineData("host", "n")]
    [InlineData("elsewhere", "m")]
    [InlineData("host", "")]
    public void An_unknown_price_is_not_zero(string host, string model) => Assert.Null(Prices.Find(host, model));

    [Fact]
    public void A_price_that_is_not_known_is_assumed_as_the_dearest_of_the_same_name() =>
        Assert.Equal(new ModelPrice(3, 10, 3, 3.75m, 100), Prices.Assume("vendor/m"));

    [Fact]
    public void A_model_that_nobody_names_is_assumed_to_cost_as_much_as_the_dearest_of_all() =>
        Assert.Equal(new ModelPrice(50, 80, 5, 60, null), Prices.Assume("unheard-of"));

    [Fact]
    public void What_Claude_reads_from_its_cache_costs_a_tenth_and_what_it_writes_a_quarter_more() =>
        Assert.Equal((4 * 1_000m + 0.4m * 10_000 + 5 * 2_000 + 8 * 500 + 20 * 100) / 1_000_000,
            Prices.Find("host", "claude-x")!.Cost(new Usage(13_500, 100, Cached: 10_000, CacheWrite: 2_500, LongCacheWrite: 500)));

    [Fact]
    public void What_another_reads_from_its_cache_costs_the_whole_unless_the_list_says_less()
    {
        Assert.Equal(2.5m, Prices.Find("host", "m")!.Cost(new Usage(1_000_000, 0, Cached: 900_000)));
        Assert.Equal(9.5m, Prices.Find("dear", "n")!.Cost(new Usage(1_000_000, 0, Cached: 900_000)));
    }

    [Fact]
    public void A_list_of_ones_own_wins_and_may_speak_of_any_host_and_any_model()
    {
        var own = PriceList.Parse("""{ "*": { "m": { "input": 7, "output": 7 } }, "localhost": { "*": { "input": 0, "output": 0 } } }"""u8).Before(Prices);

        Assert.Equal(7, own.Find("host", "m")!.Input);
        Assert.Equal(50, own.Find("dear", "n")!.Input);
        Assert.Equal(0, own.Find("localhost", "anything")!.Input);
        Assert.Null(own.Find("elsewhere", "n"));
    }

    [Fact]
    public void The_embedded_list_can_be_read() =>
        Assert.Equal(12.5m, PriceList.Embedded().Find("api.openai.com", "gpt-4o-2024-08-06")!.Cost(new Usage(1_000_000, 1_000_000)));

    [Theory]
    [InlineData("[]", 0, "The file is no object.")]
    [InlineData("{\n\"h\": 5 }", 1, "'h' is no object.")]
    [InlineData("{\n\"h\": {\n\"m\": 5 } }", 2, "'m' is no object.")]
    [InlineData("{\n\"h\": { \"m\": { \"input\": 1 } } }", 1, "'m' has no 'output'.")]
    [InlineData("{\n\"h\": { \"m\": { \"input\": -1, \"output\": 1 } } }", 1, "'input' of 'm' cannot be used.")]
    [InlineData("{\n\"h\": { \"m\": { \"input\": 1e300, \"output\": 1 } } }", 1, "'input' of 'm' cannot be used.")]
    [InlineData("{\n\"h\": { \"m\": { \"input\": \"1\", \"output\": 1 } } }", 1, "'input' of 'm' cannot be used.")]
    [InlineData("{\n\"h\": { \"m\": { \"input\": 1, \"output\": 1, \"max_output\": 1.5 } } }", 1, "'max_output' of 'm' cannot be used.")]
    [InlineData("{\n\"h\": { \"m\": { \"inptu\": 1 } } }", 1, "The key 'inptu' of 'm' is not known.")]
    [InlineData("{\n\"https://h/v1\": {} }", 1, "'https://h/v1' is no host.")]
    [InlineData("{\n\"localhost:8080\": {} }", 1, "'localhost:8080' is no host.")]
    [InlineData("{\n\"h\": {},\n\"H\": {} }", 2, "The host 'H' stands there twice.")]
    public void A_list_that_cannot_be_used_is_refused_with_its_line(string json, int line, string problem)
    {
        var refused = Assert.Throws<JsonException>(() => PriceList.Parse(Encoding.UTF8.GetBytes(json)));

        Assert.Equal(line, refused.LineNumber);
        Assert.StartsWith(problem, refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("{ \"h\": { \"m\": { \"input\": NaN } } }")]
    [InlineData("{} {}")]
    public void What_is_no_JSON_is_refused(string json) => Assert.ThrowsAny<JsonException>(() => PriceList.Parse(Encoding.UTF8.GetBytes(json)));

    [Fact]
    public void Models_that_no_price_is_known_for_are_found_in_aliases_routes_and_the_agents_own_model()
    {
        var config = new ModelsConfig(
            new Dictionary<string, ProviderConfig>
            {
                ["known"] = new("known", "openai", new Uri("https://host/v1"), null),
                ["house"] = new("house", "openai", new Uri("https://elsewhere/v1"), null),
                ["silent"] = new("silent", "openai", new Uri("https://silent/v1"), null),
                ["simulated"] = new("simulated", "simulated", null, null),
            },
            new Dictionary<string, IReadOnlyList<string>> { ["agent"] = ["known", "house"], ["judge"] = ["house/m", "known/zz"] },
            new Dictionary<string, IReadOnlyDictionary<string, string>> { ["m"] = new Dictionary<string, string> { ["house"] = "m-of-the-house" } },
            []);

        var found = UnknownPrices.Of(config, Prices, agentModel: "m");

        Assert.Equal([("known", "zz"), ("house", "m-of-the-house"), ("silent", "")], found.Select(f => (f.Provider.Name, string.Join(", ", f.Models))));
    }
}

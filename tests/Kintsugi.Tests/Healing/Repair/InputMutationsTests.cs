using System.Text.Json;
using Kintsugi.Healing.Repair;

namespace Kintsugi.Tests.Healing.Repair;

public class InputMutationsTests
{
    private static readonly IReadOnlyList<JsonElement> Failing = Inputs(
        """{"employees": 1200, "title": "vp sales", "tags": ["a", "b"], "trial": true, "note": "We grow. Call us soon."}""",
        """{"employees": 5000, "title": "cto", "tags": ["c"], "trial": false, "note": "Nothing yet. Write to me."}""");

    private static readonly IReadOnlyList<JsonElement> Others = Inputs(
        """{"employees": 900, "title": "student", "tags": ["d", "e"], "trial": false, "note": "I study."}""",
        """{"employees": 30, "title": "intern", "tags": [], "trial": true, "note": "Just looking. Thanks."}""");

    [Fact]
    public void What_is_made_is_new_distinct_and_the_same_for_the_same_seed()
    {
        var made = Words(InputMutations.Of(Failing, Others, 50, seed: 7));

        Assert.Equal(50, made.Distinct(StringComparer.Ordinal).Count());
        Assert.Empty(made.Intersect(Words([.. Failing, .. Others])));
        Assert.Equal(made, Words(InputMutations.Of(Failing, Others, 50, seed: 7)));
        Assert.NotEqual(made, Words(InputMutations.Of(Failing, Others, 50, seed: 8)));
    }

    [Fact]
    public void Every_value_keeps_its_place_and_its_kind()
    {
        string[] words = ["vp", "sales", "cto", "student", "intern"];

        Assert.All(InputMutations.Of(Failing, Others, 200, seed: 1), input =>
        {
            Assert.All(input.GetProperty("title").GetString()!.Split(' ', StringSplitOptions.RemoveEmptyEntries), word => Assert.Contains(word, words));
            Assert.True(input.GetProperty("employees").TryGetInt32(out _), "numbers that are whole stay whole");
            Assert.Contains(input.GetProperty("trial").ValueKind, new[] { JsonValueKind.True, JsonValueKind.False });
            Assert.All(input.GetProperty("tags").EnumerateArray(), tag => Assert.Contains(tag.GetString(), new[] { "a", "b", "c", "d", "e" }));
        });
    }

    [Fact]
    public void Numbers_are_also_taken_from_between_those_that_occur_where_a_threshold_may_lie() =>
        Assert.Contains(InputMutations.Of(Failing, Others, 50, seed: 1), input => input.GetProperty("employees").GetInt32() is > 900 and < 1200);

    [Fact]
    public void Where_samples_begin_and_cease_to_fail_is_looked_at_closely()
    {
        var made = InputMutations.Of(Failing, Others, 24, seed: 3).Select(input => input.GetProperty("employees").GetInt32()).ToList();

        Assert.Contains(made, n => n is > 900 and < 1200);
        Assert.Contains(made, n => n > 5000);
    }

    [Fact]
    public void Shares_stay_between_0_and_1_and_are_looked_at_closely_there()
    {
        var made = InputMutations.Of(Inputs("""{"confidence": 0.7}""", """{"confidence": 0.9}"""), Inputs("""{"confidence": 0.2}""", """{"confidence": 0.5}"""), 60, seed: 1)
            .Select(input => input.GetProperty("confidence").GetDecimal()).ToList();

        Assert.All(made, share => Assert.InRange(share, 0, 1));
        Assert.Contains(made, share => share is > 0.5m and < 0.7m);
        Assert.Contains(made, share => share is > 0.9m and < 1);
    }

    [Fact]
    public void Texts_are_spelled_otherwise_only_where_they_are_spelled_in_several_ways()
    {
        var freely = InputMutations.Of(Inputs("\"Dach\"", "\" dach\""), Inputs("\"us\""), 10, seed: 1).Select(i => i.GetString()!).ToList();
        var strictly = InputMutations.Of(Inputs("\"dach\""), Inputs("\"us\""), 10, seed: 1);

        Assert.NotEmpty(freely);
        Assert.All(freely, text => Assert.Contains(text.Trim().ToUpperInvariant(), new[] { "DACH", "US" }));
        Assert.Empty(strictly);
    }

    [Fact]
    public void Lists_lose_and_repeat_elements_and_texts_exchange_sentences()
    {
        var made = InputMutations.Of(Failing, Others, 100, seed: 1);

        Assert.Contains(made, input => Tags(input) is "a" or "b");
        Assert.Contains(made, input => Tags(input) is "cc");
        Assert.Contains(made, input => input.GetProperty("note").GetString() == "We grow. Write to me.");

        static string Tags(JsonElement input) => string.Concat(input.GetProperty("tags").EnumerateArray().Select(t => t.GetString()));
    }

    [Fact]
    public void Every_other_input_is_made_of_one_that_fails()
    {
        var made = InputMutations.Of(Inputs("""{"kind": "failing", "n": 1}""", """{"kind": "failing", "n": 90}"""), Inputs([.. Enumerable.Range(0, 30).Select(n => $$"""{"other": {{n}}}""")]), 20, seed: 1);

        Assert.InRange(made.Count(input => input.TryGetProperty("kind", out _)), 8, 20);
    }

    [Theory]
    [InlineData("null", "1")]
    [InlineData("\"a text\"", "\"another\"")]
    [InlineData("[]", "[[1, null], {}]")]
    [InlineData("79228162514264337593543950335", "1e300")]
    [InlineData("{\"a\": null}", "{\"a\": {\"b\": [1.5, -2]}}")]
    public void Whatever_an_input_is_it_can_be_tried(string one, string other)
    {
        foreach (var seed in Enumerable.Range(0, 50)) Assert.InRange(InputMutations.Of(Inputs(one), Inputs(other), 5, seed).Count, 0, 5);
    }

    [Fact]
    public void Of_nothing_nothing_is_made() => Assert.Empty(InputMutations.Of([], [], 24, seed: 1));

    private static List<string> Words(IReadOnlyList<JsonElement> inputs) => [.. inputs.Select(i => i.GetRawText())];

    private static IReadOnlyList<JsonElement> Inputs(params string[] inputs) => [.. inputs.Select(i => JsonDocument.Parse(i).RootElement)];
}

using Kintsugi.Evaluation;
using Kintsugi.Evaluation.Datasets.Exchange;
using static Kintsugi.Tests.Evaluation.Datasets.Exchange.Samples;

namespace Kintsugi.Tests.Evaluation.Datasets.Exchange;

public class JsonlSamplesTests
{
    [Fact]
    public async Task Input_and_target_stand_where_their_paths_say() => Assert.Equal(
        """{"id":"7","input":"hi","target":"greeting"}""",
        Say((await JsonlAsync("""{"n":7,"messages":[{"content":"hi"}],"label":{"name":"greeting"}}""", new JsonlShape("$.messages[0].content", "label.name", "n"))).Single()));

    [Fact]
    public async Task The_usual_names_need_no_path_and_what_a_dataset_knows_is_kept() => Assert.Equal(
        """{"id":"a","input":"q","target":"x","tags":["t"],"family":"f","critical":true,"split":"held_out"}""",
        Say((await JsonlAsync("""{"id":"a","question":"q","answer":"x","tags":["t"],"family":"f","critical":true,"split":"held_out","else":1}""")).Single()));

    [Theory]
    [InlineData("{\"text\":1}\n", "t.jsonl(1): There is none of 'input', 'inputs', 'question', 'query', 'prompt' here.")]
    [InlineData("{\"input\":1}\n[1]\n", "t.jsonl(2): The line is not a JSON object.")]
    [InlineData("{\"input\":NaN}\n", "t.jsonl(1): NaN and Infinity are not JSON")]
    [InlineData("{\"input\":\"\\ud800\"}\n", "t.jsonl(1): ")]
    [InlineData("{\"input\":{\"a\":1,\"a\":2}}\n", "t.jsonl(1): ")]
    [InlineData("{\"input\":1,\"input\":2}\n", "t.jsonl(1): The field 'input' stands twice.")]
    public async Task What_is_no_sample_is_refused_with_file_line_and_remedy(string text, string message) =>
        Assert.StartsWith(message, (await Assert.ThrowsAsync<BadFileException>(() => JsonlAsync(text))).Message, StringComparison.Ordinal);

    [Fact]
    public async Task A_line_beyond_the_bound_is_refused() => Assert.StartsWith(
        "t.jsonl(1): The line is longer than 8 MiB.",
        (await Assert.ThrowsAsync<BadFileException>(() => JsonlAsync($"{{\"input\":\"{new string('x', 9 << 20)}\"}}"))).Message, StringComparison.Ordinal);

    [Fact]
    public async Task Names_lose_their_control_characters_and_a_split_that_is_unknown_is_told()
    {
        var losses = new ExchangeLosses();

        var sample = (await JsonlAsync("""{"id":"a\u001b[2J","input":1,"tags":["x\u0000y","","x\u0000y"],"split":"train"}""", null, losses)).Single();

        Assert.Equal(("a\uFFFD[2J", "x\uFFFDy", null), (sample.Id, Assert.Single(sample.Tags), sample.Split));
        Assert.Contains("split 'train'", Assert.Single(losses.All).What, StringComparison.Ordinal);
    }
}

using CsCheck;
using Kintsugi.Evaluation;
using Kintsugi.Evaluation.Datasets.Exchange;
using static Kintsugi.Tests.Evaluation.Datasets.Exchange.Samples;

namespace Kintsugi.Tests.Evaluation.Datasets.Exchange;

public class OpenAiEvalsTests
{
    [Fact]
    public async Task Messages_are_the_input_and_the_ideal_the_target_and_what_is_lost_is_counted()
    {
        var losses = new ExchangeLosses();

        var samples = await EvalsAsync("""
            {"input":[{"role":"user","content":"2+2"}],"ideal":"4"}
            {"input":"3+3","ideal":["6","six"],"weight":2}
            {"input":"4+4","ideal":["8","eight"]}
            """, losses);

        Assert.Equal(["""{"id":"","input":[{"role":"user","content":"2+2"}],"target":"4"}""", """{"id":"","input":"3+3","target":"6"}""", """{"id":"","input":"4+4","target":"8"}"""], samples.Select(Say));
        Assert.Equal([("'ideal' names several right answers: the first is the target", 2, "[\"6\",\"six\"]"), ("the field 'weight'", 1, "2")], losses.All.Select(l => (l.What, l.Count, l.Example)));
    }

    [Theory]
    [InlineData("{\"item\":{}}\n", "t.jsonl(1): The sample has no 'input'.")]
    [InlineData("{\"input\":\"a\",\"ideal\":[\"\\ud800\",1]}\n", "t.jsonl(1): ")]
    public async Task What_is_no_sample_is_refused(string text, string message) =>
        Assert.StartsWith(message, (await Assert.ThrowsAsync<BadFileException>(() => EvalsAsync(text))).Message, StringComparison.Ordinal);

    [Fact]
    public void Words_and_messages_read_back_as_they_were() => ExchangeDrafts.Any.Where(d => d.Input.ValueKind is System.Text.Json.JsonValueKind.String or System.Text.Json.JsonValueKind.Array && d.Target is null or { ValueKind: System.Text.Json.JsonValueKind.String }).Sample(
        draft =>
        {
            var sample = draft with { Id = "s" };

            Assert.Equal(Say(sample), Say(EvalsAsync(OpenAiEvals.Line(sample, new ExchangeLosses())).GetAwaiter().GetResult().Single()));
        }, iter: 200);
}

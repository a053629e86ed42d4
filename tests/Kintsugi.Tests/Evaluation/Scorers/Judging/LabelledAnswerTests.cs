using System.Text;
using Kintsugi.Evaluation;
using Kintsugi.Evaluation.Scorers.Judging;

namespace Kintsugi.Tests.Evaluation.Scorers.Judging;

public class LabelledAnswerTests
{
    [Fact]
    public async Task A_label_is_an_answer_and_what_people_say_of_it()
    {
        var label = Assert.Single(await ReadAsync("\uFEFF" + """{"id":"a","input":{"x":1},"output":"yes","target":"no","passed":true,"tags":["t","t"]}""" + "\n\n"));

        Assert.Equal((1, "a", true, "yes"), (label.Line, label.Id, label.Passed, label.Output.GetString()));
        Assert.Equal(["t"], label.Tags);
    }

    [Theory]
    [InlineData("{}", "labels.jsonl(1): The label has no 'id'.")]
    [InlineData("""{"id":"a","input":1,"output":2}""", "labels.jsonl(1): Label 'a' has no 'passed'. Write true or false")]
    [InlineData("""{"id":"a","input":1,"output":2,"passed":"yes"}""", "labels.jsonl(1): 'passed' is a string. Write true or false.")]
    [InlineData("""{"id":"a","input":1,"output":2,"passed":null}""", "labels.jsonl(1): 'passed' is null.")]
    [InlineData("""{"id":"a","output":2,"passed":true}""", "labels.jsonl(1): Label 'a' has no 'input'.")]
    [InlineData("""{"id":"a","input":2,"passed":true}""", "labels.jsonl(1): Label 'a' has no 'output'.")]
    [InlineData("""{"id":"a","input":1,"output":2,"pased":true}""", "labels.jsonl(1): The field 'pased' is not known. Did you mean 'passed'?")]
    [InlineData("""{"id":"a","input":1,"output":NaN,"passed":true}""", "labels.jsonl(1): NaN and Infinity are not JSON")]
    [InlineData("""{"id":"a","input":1,"output":"\ud800","passed":true}""", "labels.jsonl(1): The line is not JSON")]
    [InlineData("""{"id":"a","input":1,"output":2,"passed":true}""" + "\n" + """{"id":"a","input":1,"output":2,"passed":true}""", "labels.jsonl(2): The id 'a' stands already at labels.jsonl(1).")]
    [InlineData("""{"id":"a","input":1,"output":2,"passed":tr""", "labels.jsonl(1): The last line ends in the middle of a label.")]
    [InlineData("", "labels.jsonl: There are no labels in it.")]
    public async Task A_line_that_is_no_label_is_refused(string text, string words)
    {
        var refused = await Assert.ThrowsAsync<BadFileException>(() => ReadAsync(text));

        Assert.StartsWith(words, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task More_labels_than_anybody_pays_for_are_refused()
    {
        var text = string.Concat(Enumerable.Range(0, LabelledAnswer.Most + 1).Select(n => $$"""{"id":"{{n}}","input":1,"output":2,"passed":true}""" + "\n"));

        Assert.StartsWith($"labels.jsonl({LabelledAnswer.Most + 1}): There are more than", (await Assert.ThrowsAsync<BadFileException>(() => ReadAsync(text))).Message, StringComparison.Ordinal);
    }

    private static async Task<IReadOnlyList<LabelledAnswer>> ReadAsync(string text) =>
        await LabelledAnswer.ReadAsync("labels.jsonl", new MemoryStream(Encoding.UTF8.GetBytes(text)), TestContext.Current.CancellationToken);
}

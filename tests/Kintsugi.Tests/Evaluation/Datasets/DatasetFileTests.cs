using System.Text;
using Kintsugi.Evaluation;
using Kintsugi.Evaluation.Datasets;

namespace Kintsugi.Tests.Evaluation.Datasets;

public class DatasetFileTests
{
    private static Task<Dataset> Read(params byte[][] files) => DatasetFile.ReadAsync(
        [.. files.Select((bytes, i) => ($"gold{(i == 0 ? "" : i)}.jsonl", (Func<Stream>)(() => new MemoryStream(bytes))))], 0.3, TestContext.Current.CancellationToken);

    private static Task<Dataset> Read(string text) => Read(Encoding.UTF8.GetBytes(text));

    [Fact]
    public async Task A_line_is_a_sample()
    {
        var dataset = await Read("""{"id":"lead-001","input":{"size":5},"target":{"tier":"A"},"tags":["enterprise"],"family":"acme","critical":true,"split":"held_out"}""");

        var sample = Assert.Single(dataset.Samples);
        Assert.Equal("lead-001", sample.Id);
        Assert.Equal(5, sample.Input.GetProperty("size").GetInt32());
        Assert.Equal(["enterprise"], sample.Tags);
        Assert.Equal("acme", sample.Family);
        Assert.True(sample.Critical);
        Assert.True(sample.HeldOut);
    }

    [Theory]
    [InlineData("", "gold.jsonl: The dataset has no samples.")]
    [InlineData("{\"id\":\"a\",\"input\":1}\n{\"id\":\"a\",\"input\":2}", "gold.jsonl(2): The id 'a' stands already at gold.jsonl(1).")]
    [InlineData("{\"id\":\"a\",\"input\":{\"x\":NaN}}\n", "gold.jsonl(1): NaN and Infinity are not JSON")]
    [InlineData("{\"id\":\"a\",\"input\":1}\n{\"id\":\"b\",\"inp", "gold.jsonl(2): The last line ends in the middle of a sample.")]
    [InlineData("{\"id\":\"a\",\"inputs\":1}\n", "gold.jsonl(1): The field 'inputs' is not known. Did you mean 'input'?")]
    public async Task What_is_no_dataset_is_refused_with_file_line_and_remedy(string text, string message)
    {
        var refused = await Assert.ThrowsAsync<BadFileException>(() => Read(text));

        Assert.StartsWith(message, refused.Message, StringComparison.Ordinal);
    }
}

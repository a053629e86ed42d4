using System.Text;
using CsCheck;
using Kintsugi.Evaluation;
using Kintsugi.Evaluation.Agents;
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
    [InlineData("\n \n\r\n", "gold.jsonl: The dataset has no samples.")]
    [InlineData("{\"id\":\"a\",\"input\":1}\n{\"id\":\"a\",\"input\":2}", "gold.jsonl(2): The id 'a' stands already at gold.jsonl(1).")]
    [InlineData("{\"id\":\"a\",\"input\":{\"x\":NaN}}\n", "gold.jsonl(1): NaN and Infinity are not JSON")]
    [InlineData("{\"id\":\"a\",\"input\":-Infinity}\n", "gold.jsonl(1): NaN and Infinity are not JSON")]
    [InlineData("{\"id\":\"a\",\"input\":1}\n{\"id\":\"b\",\"inp", "gold.jsonl(2): The last line ends in the middle of a sample.")]
    [InlineData("{\"id\":\"a\",\"input\":1}\n\n{\"id\":\"b\",\"input\":{", "gold.jsonl(3): The last line ends in the middle of a sample.")]
    [InlineData("{\"id\":\"b\",\"input\":{\n\"x\":1}}\n", "gold.jsonl(1): The line ends in the middle of a sample. Write each sample on one line.")]
    [InlineData("{\"id\":\"a\",\"inputs\":1}\n", "gold.jsonl(1): The field 'inputs' is not known. Did you mean 'input'?")]
    [InlineData("{\"id\":\"a\",\"id\":\"b\",\"input\":1}\n", "gold.jsonl(1): The field 'id' stands twice.")]
    [InlineData("{\"id\":\"a\",\"input\":{\"x\":1,\"x\":2}}\n", "gold.jsonl(1): The line is not JSON")]
    [InlineData("{\"input\":1}\n", "gold.jsonl(1): The sample has no 'id'.")]
    [InlineData("{\"id\":7,\"input\":1}\n", "gold.jsonl(1): 'id' is a number, not a string.")]
    [InlineData("{\"id\":\"\",\"input\":1}\n", "gold.jsonl(1): 'id' is empty.")]
    [InlineData("{\"id\":\"a\\u001b[31m\",\"input\":1}\n", "gold.jsonl(1): 'id' holds a control character ('a\uFFFD[31m').")]
    [InlineData("{\"id\":\"\\ud800\",\"input\":1}\n", "gold.jsonl(1): The line is not JSON")]
    [InlineData("{\"id\":\"a\",\"input\":\"\\ud800\"}\n", "gold.jsonl(1): The line is not JSON")]
    [InlineData("{\"id\":\"a\"}\n", "gold.jsonl(1): Sample 'a' has no 'input'.")]
    [InlineData("{\"id\":\"a\",\"input\":1,\"tags\":\"x\"}\n", "gold.jsonl(1): 'tags' is a string, not a list.")]
    [InlineData("{\"id\":\"a\",\"input\":1,\"tags\":[1]}\n", "gold.jsonl(1): 'tags' is a number, not a string.")]
    [InlineData("{\"id\":\"a\",\"input\":1,\"critical\":\"yes\"}\n", "gold.jsonl(1): 'critical' is a string. Write true or false.")]
    [InlineData("{\"id\":\"a\",\"input\":1,\"split\":\"train\"}\n", "gold.jsonl(1): 'split' is 'train'. Write held_out or visible")]
    [InlineData("[1]\n", "gold.jsonl(1): The line is not a JSON object.")]
    [InlineData("id,input\n", "gold.jsonl(1): The line is not JSON at byte 1")]
    [InlineData("{\"id\":\"a\",\"input\":1} {\"id\":\"b\",\"input\":1}\n", "gold.jsonl(1): There is more after the sample.")]
    [InlineData("{\"id\":\"a\",\"input\":1,\"family\":\"f\",\"split\":\"visible\"}\n{\"id\":\"b\",\"input\":1,\"family\":\"f\",\"split\":\"held_out\"}", "gold.jsonl(2): Sample 'b' and sample 'a' are of the family 'f' but of different splits.")]
    public async Task What_is_no_dataset_is_refused_with_file_line_and_remedy(string text, string message)
    {
        var refused = await Assert.ThrowsAsync<BadFileException>(() => Read(text));

        Assert.StartsWith(message, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_id_longer_than_200_characters_is_refused() => Assert.StartsWith(
        "gold.jsonl(1): 'id' has 201 characters.",
        (await Assert.ThrowsAsync<BadFileException>(() => Read($$"""{"id":"{{new string('x', 201)}}","input":1}"""))).Message, StringComparison.Ordinal);

    [Fact]
    public async Task A_byte_order_mark_carriage_returns_and_blank_lines_change_nothing()
    {
        var dataset = await Read("\uFEFF{\"id\":\"a\",\"input\":1}\r\n\r\n{\"id\":\"b\",\"input\":2}\r\n");

        Assert.Equal(["a", "b"], dataset.Samples.Select(s => s.Id));
    }

    [Fact]
    public async Task Invalid_utf8_and_utf16_are_refused()
    {
        var latin = await Assert.ThrowsAsync<BadFileException>(() => Read([.. "{\"id\":\"a\",\"input\":\""u8, 0xE9, .. "\"}\n"u8]));
        var wide = await Assert.ThrowsAsync<BadFileException>(() => Read([0xFF, 0xFE, .. Encoding.Unicode.GetBytes("{}")]));

        Assert.Equal("gold.jsonl(1): The line is not valid UTF-8. Save the file as UTF-8.", latin.Message);
        Assert.Equal("gold.jsonl(1): The file is UTF-16. Save it as UTF-8.", wide.Message);
    }

    [Fact]
    public async Task An_id_that_stands_in_another_file_is_refused_with_both_places()
    {
        var refused = await Assert.ThrowsAsync<BadFileException>(() => Read("{\"id\":\"a\",\"input\":1}"u8.ToArray(), "\n{\"id\":\"a\",\"input\":2}"u8.ToArray()));

        Assert.StartsWith("gold1.jsonl(2): The id 'a' stands already at gold.jsonl(1).", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_line_of_49_megabytes_is_read_and_one_of_51_is_refused()
    {
        static byte[] Line(int megabytes) => Encoding.UTF8.GetBytes($$"""{"id":"a","input":"{{new string('x', megabytes << 20)}}"}""" + "\n");

        Assert.Single((await Read(Line(49))).Samples);
        var refused = await Assert.ThrowsAsync<BadFileException>(() => Read(Line(51)));

        Assert.StartsWith("gold.jsonl(1): The line is longer than 50 MiB.", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Below_twenty_held_out_samples_there_is_a_warning()
    {
        static string Lines(int count, string split) => string.Join('\n', Enumerable.Range(0, count).Select(i => $$"""{"id":"{{split}}{{i}}","input":{{i}},"split":"{{split}}"}"""));

        Assert.StartsWith("Only 19 samples are held out", Assert.Single((await Read(Lines(19, "held_out"))).Warnings), StringComparison.Ordinal);
        Assert.Empty((await Read(Lines(20, "held_out"))).Warnings);
    }

    [Theory]
    [InlineData("{\"a\":1,\"b\":[1.50,\"é\"]}", "{ \"b\" : [15e-1, \"\\u00e9\"], \"a\": 1.0 }")]
    [InlineData("100", "1e2")]
    [InlineData("0.0", "-0")]
    [InlineData("123456789012345678901234567890.10", "123456789012345678901234567890.1")]
    public async Task Equal_json_has_one_hash(string one, string other)
    {
        var dataset = await Read($$"""{"id":"a","input":{{one}}}""" + "\n" + $$"""{"id":"b","input":{{other}}}""");

        Assert.Equal(dataset.Samples[0].Hash, dataset.Samples[1].Hash);
    }

    [Theory]
    [InlineData("\"input\":1", "\"input\":\"1\"")]
    [InlineData("\"input\":1", "\"input\":1,\"target\":1")]
    [InlineData("\"input\":[1,23]", "\"input\":[12,3]")]
    [InlineData("\"input\":9007199254740993", "\"input\":9007199254740992")]
    public async Task Different_samples_have_different_hashes(string one, string other)
    {
        var dataset = await Read($$"""{"id":"a",{{one}}}""" + "\n" + $$"""{"id":"b",{{other}}}""");

        Assert.NotEqual(dataset.Samples[0].Hash, dataset.Samples[1].Hash);
    }

    [Fact]
    public async Task Tags_family_and_split_do_not_change_the_hash()
    {
        var dataset = await Read("""{"id":"a","input":1}""" + "\n" + """{"id":"b","input":1,"target":null,"tags":["x"],"family":"f","critical":true,"split":"visible"}""");

        Assert.Equal(dataset.Samples[0].Hash, dataset.Samples[1].Hash);
    }

    [Fact]
    public void No_bytes_break_the_reader()
    {
        string[] pieces = ["{", "}", "\"id\":", "\"a\"", "\"input\":", "1", ",", "[", "]", "\n", "\r", "NaN", "1e999", "\\ud800", "\"", "null", "true", "\uFEFF", "\0",
            "\"tags\":", "\"split\":", "{\"id\":\"b\",\"input\":{}}\n", "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[["];
        var text = Gen.Int[0, pieces.Length - 1].Array[0, 30].Select(p => Encoding.UTF8.GetBytes(string.Concat(p.Select(i => pieces[i]))));
        Gen.OneOf(text, Gen.Byte.Array[0, 200]).Sample(
            bytes =>
            {
                try
                {
                    Read([bytes]).GetAwaiter().GetResult();
                }
                catch (BadFileException)
                {
                    // what a bad file must lead to
                }
            },
            seed: "0000KeDrHm0x", iter: 3000);
    }

    [Fact]
    public async Task The_report_counts_by_tag_and_names_doubles()
    {
        var dataset = await Read("""
            {"id":"a","input":1,"tags":["x","y"],"split":"held_out","critical":true}
            {"id":"b","input":1,"tags":["x"],"split":"visible","family":"f"}
            {"id":"c","input":2,"split":"visible"}
            """);

        var report = DatasetReport.Describe(dataset, new GateDefinition());

        Assert.Equal((3, 1, 1, 1, 3, 15), (report.Samples, report.HeldOut, report.Critical, report.Families, report.LeastRuns, report.MostRuns));
        Assert.Equal([new TagCount("x", 2, 1), new TagCount("", 1, 0), new TagCount("y", 1, 1)], report.ByTag);
        Assert.Contains(report.Warnings, w => w.StartsWith("The samples 'a', 'b' have equal input and target.", StringComparison.Ordinal));
    }
}

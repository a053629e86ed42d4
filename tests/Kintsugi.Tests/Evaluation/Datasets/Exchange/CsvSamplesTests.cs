using CsCheck;
using Kintsugi.Evaluation;
using Kintsugi.Evaluation.Datasets;
using Kintsugi.Evaluation.Datasets.Exchange;
using static Kintsugi.Tests.Evaluation.Datasets.Exchange.Samples;

namespace Kintsugi.Tests.Evaluation.Datasets.Exchange;

public class CsvSamplesTests
{
    [Fact]
    public async Task The_columns_that_are_not_the_target_are_the_input()
    {
        var sample = Assert.Single(await CsvAsync("company,employees,note,tier\nAcme,50,\"two\nlines, a comma\",hot\n", new CsvShape("tier", null, false)));

        Assert.Equal("""{"id":"","input":{"company":"Acme","employees":50,"note":"two\nlines, a comma"},"target":"hot"}""", Say(sample));
    }

    [Fact]
    public async Task Cells_that_read_as_json_are_that_unless_all_are_words()
    {
        const string Table = "id,input,expected,tags,critical\nz1,\"{\"\"q\"\":1}\",true,a; b,TRUE\n02134,[1,007\n";

        Assert.Equal(
            ["""{"id":"z1","input":{"q":1},"target":true,"tags":["a","b"],"critical":true}""", """{"id":"02134","input":"[1","target":"007"}"""], (await CsvAsync(Table)).Select(Say));
        Assert.Equal("\"true\"", (await CsvAsync(Table, new CsvShape(null, null, true)))[0].Target!.Value.GetRawText());
    }

    [Theory]
    [InlineData("", "t.csv: The file is empty.")]
    [InlineData("a,a\n1,2\n", "t.csv(1): Two columns have the same name.")]
    [InlineData("target\nx\n", "t.csv(1): No column is left for the input.")]
    [InlineData("a,target\n1,2,3\n", "t.csv(2): The row has 3 cells, and the header 2.")]
    [InlineData("a,target\nb\"c,2\n", "t.csv(2): A quotation mark stands inside a cell")]
    [InlineData("a,target\n\"{\"\"x\"\":1,\"\"x\"\":2}\",2\n", "t.csv(2): The key 'x' stands twice")]
    public async Task What_is_no_table_is_refused_with_file_line_and_remedy(string table, string message) =>
        Assert.StartsWith(message, (await Assert.ThrowsAsync<BadFileException>(() => CsvAsync(table))).Message, StringComparison.Ordinal);

    [Fact]
    public async Task A_column_that_is_not_there_is_named_with_the_nearest_that_is() => Assert.StartsWith(
        "t.csv(1): There is no column 'teir' (--target). Did you mean 'tier'?",
        (await Assert.ThrowsAsync<BadFileException>(() => CsvAsync("q,tier\n1,2\n", new CsvShape("teir", null, false)))).Message, StringComparison.Ordinal);

    [Fact]
    public async Task A_quotation_mark_that_is_never_closed_takes_no_more_than_a_cell_may()
    {
        var refused = await Assert.ThrowsAsync<BadFileException>(() => CsvAsync("a,target\n\"" + new string('x', 9 << 20)));

        Assert.Contains("A cell is longer than 8 MiB, or a quotation mark is never closed.", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Bytes_that_are_no_utf8_are_refused()
    {
        var stream = new MemoryStream([.. "a,target\n"u8, 0xFF, 0xFE, 0xFF, (byte)'\n']);

        var refused = await Assert.ThrowsAsync<BadFileException>(() => ReadAsync(CsvSamples.ReadAsync("t.csv", stream, new CsvShape(null, null, false), new ExchangeLosses(), TestContext.Current.CancellationToken)));

        Assert.Contains("not valid UTF-8", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_exported_reads_back_as_it_was() => ExchangeDrafts.Any.Array[1, 8].Sample(
        drafts =>
        {
            var samples = drafts.Select((d, i) => d with { Id = $"s{i}" }).ToList();
            using var written = new StringWriter();
            CsvSamples.WriteAsync(samples, written, new ExchangeLosses()).GetAwaiter().GetResult();

            var read = CsvAsync(written.ToString()).GetAwaiter().GetResult();

            Assert.Equal(samples.Select(Say), read.Select(Say));
        }, iter: 200);

    [Theory]
    [InlineData("=cmd|' /C calc'!A0")]
    [InlineData("+1+1")]
    [InlineData("@SUM(A1)")]
    public async Task No_word_is_written_as_a_formula(string word)
    {
        using var written = new StringWriter();

        await CsvSamples.WriteAsync([new SampleDraft("a", System.Text.Json.JsonSerializer.SerializeToElement(word), null, [], null, false, null)], written, new ExchangeLosses());

        Assert.DoesNotContain(written.ToString().Split(['\n', ',']), cell => cell.TrimStart('"') == cell && cell.Length > 0 && cell[0] is '=' or '+' or '@');
        Assert.Equal(word, (await CsvAsync(written.ToString())).Single().Input.GetString());
    }
}

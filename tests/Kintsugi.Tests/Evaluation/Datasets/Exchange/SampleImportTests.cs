using Kintsugi.Evaluation;
using Kintsugi.Evaluation.Datasets.Exchange;
using Kintsugi.Sandbox;

namespace Kintsugi.Tests.Evaluation.Datasets.Exchange;

public sealed class SampleImportTests : IDisposable
{
    private readonly Scratch _scratch = Scratch.Create();
    private readonly string _file;

    public SampleImportTests() => _file = Path.Combine(_scratch.Directory("gold"), "gold.jsonl");

    private static CancellationToken Now => TestContext.Current.CancellationToken;

    private Task<Imported> ImportAsync(string lines, bool into)
    {
        var losses = new ExchangeLosses();
        return SampleImport.WriteAsync(JsonlSamples.ReadAsync("t.jsonl", Samples.Stream(lines), new JsonlShape(null, null, null), losses, Now), _file, into, "t", losses, Now);
    }

    [Fact]
    public async Task What_is_known_is_left_out_and_an_id_that_is_taken_gets_a_number()
    {
        const string There = "{\"id\":\"a\",\"input\":1,\"target\":2}";
        await File.WriteAllTextAsync(_file, There, Now);

        var imported = await ImportAsync("{\"id\":\"x\",\"input\":1.0,\"target\":2}\n{\"id\":\"a\",\"input\":3}\n{\"input\":4,\"target\":5}\n", into: true);

        Assert.Equal((2, 1, 1, 1), (imported.Added, imported.Known, imported.Renamed, imported.WithoutTarget));
        Assert.Equal($"{There}\n{{\"id\":\"a-2\",\"input\":3}}\n{{\"id\":\"t-0002\",\"input\":4,\"target\":5}}\n", await File.ReadAllTextAsync(_file, Now));
    }

    [Fact]
    public async Task A_bad_line_leaves_everything_as_it_was()
    {
        await Assert.ThrowsAsync<BadFileException>(() => ImportAsync("{\"input\":1}\n{\"input\":\n", into: false));

        Assert.Empty(Directory.EnumerateFileSystemEntries(Path.GetDirectoryName(_file)!));
    }

    [Fact]
    public async Task A_file_that_is_there_is_never_written_over()
    {
        await File.WriteAllTextAsync(_file, "mine", Now);

        var refused = await Assert.ThrowsAsync<BadFileException>(() => ImportAsync("{\"input\":1}\n", into: false));

        Assert.Contains("nothing is overwritten", refused.Message, StringComparison.Ordinal);
        Assert.Equal("mine", await File.ReadAllTextAsync(_file, Now));
    }

    public void Dispose() => _scratch.Dispose();
}

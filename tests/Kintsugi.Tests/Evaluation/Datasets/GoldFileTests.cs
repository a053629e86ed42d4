using System.Text.Json;
using System.Text.Json.Nodes;
using CsCheck;
using Kintsugi.Evaluation;
using Kintsugi.Evaluation.Datasets;
using Kintsugi.Sandbox;

namespace Kintsugi.Tests.Evaluation.Datasets;

public sealed class GoldFileTests : IDisposable
{
    private readonly Scratch _scratch = Scratch.Create();
    private readonly string _file;

    public GoldFileTests() => _file = Path.Combine(_scratch.Directory("gold"), "gold.jsonl");

    private static CancellationToken Now => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_line_is_put_after_one_that_has_no_end()
    {
        await File.WriteAllTextAsync(_file, "{\"id\":\"a\",\"input\":1}", Now);

        await GoldFile.AppendAsync(_file, ["{\"id\":\"b\",\"input\":2}"], Now);

        Assert.Equal("{\"id\":\"a\",\"input\":1}\n{\"id\":\"b\",\"input\":2}\n", await File.ReadAllTextAsync(_file, Now));
    }

    [Fact]
    public async Task Lines_are_put_there_all_or_none()
    {
        await File.WriteAllTextAsync(_file, "{\"id\":\"a\",\"input\":1}\n", Now);

        await Assert.ThrowsAsync<InvalidOperationException>(() => GoldFile.AppendAsync(_file, Broken(), Now));

        Assert.Equal("{\"id\":\"a\",\"input\":1}\n", await File.ReadAllTextAsync(_file, Now));

        static IEnumerable<string> Broken()
        {
            yield return "{\"id\":\"b\",\"input\":2}";
            throw new InvalidOperationException("no more");
        }
    }

    [Fact]
    public async Task Only_the_samples_that_are_meant_change()
    {
        const string Untouched = "  { \"id\" : \"b\", \"input\":  1.50e1 }\t\r\n";
        await File.WriteAllTextAsync(_file, $"\uFEFF{{\"id\":\"a\",\"input\":{{\"ü\":1.50}},\"target\":\"old\",\"tags\":[\"x\"]}}\n\n{Untouched}{{\"id\":\"c\",\"input\":3}}", Now);

        var found = await GoldFile.ChangeAsync(_file, "gold", new HashSet<string> { "a", "c", "absent" }, (id, sample) => sample["target"] = JsonValue.Create("new " + id), Now);

        Assert.Equal(["a", "c"], found);
        Assert.Equal(
            $"{{\"id\":\"a\",\"input\":{{\"ü\":1.50}},\"target\":\"new a\",\"tags\":[\"x\"]}}\n\n{Untouched}{{\"id\":\"c\",\"input\":3,\"target\":\"new c\"}}\n", await File.ReadAllTextAsync(_file, Now));
        Assert.False(File.Exists(_file + ".new"));
    }

    [Fact]
    public async Task What_a_link_leads_to_stays_as_it_is()
    {
        await File.WriteAllTextAsync(_file, "{\"id\":\"a\",\"input\":1}\n", Now);
        File.CreateSymbolicLink(_file + ".link", _file);

        await Assert.ThrowsAsync<BadFileException>(() => GoldFile.AppendAsync(_file + ".link", ["x"], Now));
        await Assert.ThrowsAsync<BadFileException>(() => GoldFile.ChangeAsync(_file + ".link", "gold", new HashSet<string> { "a" }, (_, s) => s["input"] = 2, Now));

        Assert.Equal("{\"id\":\"a\",\"input\":1}\n", await File.ReadAllTextAsync(_file, Now));
    }

    [Fact]
    public void A_written_line_reads_as_the_sample_it_was()
    {
        Gen.Select(Gen.String[Gen.Char["aé\"\\\n\u2028<>"], 0, 8], Gen.Bool, Gen.Int[0, 2].Select(i => i switch { 0 => null, 1 => "held_out", _ => "visible" })).Sample((text, critical, split) =>
        {
            var input = JsonSerializer.SerializeToElement(new Dictionary<string, object?> { ["q"] = text, ["n"] = 1.5, ["none"] = null });
            var draft = new SampleDraft("x", input, input, ["t"], "f", critical, split);

            var read = SampleLine.Parse("g", 1, System.Text.Encoding.UTF8.GetBytes(draft.Line("x")), true);

            Assert.Equal((CanonicalJson.Hash(input, input), "f", critical, split), (read.Hash, read.Family, read.Critical, read.Split switch { true => "held_out", false => "visible", null => null }));
            Assert.DoesNotContain('\n', draft.Line("x"));
        }, iter: 200);
    }

    public void Dispose() => _scratch.Dispose();
}

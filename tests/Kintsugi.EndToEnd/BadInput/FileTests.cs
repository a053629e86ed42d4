using System.Text;
using System.Text.RegularExpressions;

namespace Kintsugi.EndToEnd.BadInput;

/// <summary>Files that a person wrote: refused with one line that names file, line and remedy, and exit status 2.</summary>
public partial class FileTests
{
    [Theory]
    [InlineData("dataset:", "datset:", "kintsugi.yaml(3)", "dataset")]
    [InlineData("timeout: 5s", "timeout: 5 parsecs", "kintsugi.yaml(1)", "60s")]
    [InlineData("processes: 1", "processes: many", "kintsugi.yaml(1)", "many")]
    [InlineData("processes: 1", "processes: 1.5", "kintsugi.yaml(1)", "whole")]
    [InlineData("processes: 1", "proceses: 1", "kintsugi.yaml(1)", "processes")]
    [InlineData("{ min: 1, max: 2 }", "{ min: .nan, max: 2 }", "kintsugi.yaml(5)", "number")]
    [InlineData("{ min: 1, max: 2 }", "{ min: 3, max: 2 }", "kintsugi.yaml(5)", "max")]
    [InlineData("[exact: { path: $.tier }]", "[exactly: { path: $.tier }]", "kintsugi.yaml(4)", "exact")]
    [InlineData("[exact: { path: $.tier }]", "[exact: { path: \"$[\" }]", "kintsugi.yaml(4)", "path")]
    [InlineData("[exact: { path: $.tier }]", "[]", "kintsugi.yaml(4)", "scorers")]
    [InlineData("name: tiny", "name: ../../evil", "kintsugi.yaml(1)", "name")]
    [InlineData("name: tiny, ", "", "kintsugi.yaml(1)", "name")]
    [InlineData("gold.jsonl", "missing.jsonl", "kintsugi.yaml", "missing.jsonl")]
    [InlineData("gold.jsonl", "/etc/passwd", "kintsugi.yaml(3)", "relative")]
    [InlineData("dataset: gold.jsonl", "dataset: gold.jsonl\ndataset: gold.jsonl", "kintsugi.yaml(4)", "stands already")]
    [InlineData("dataset: gold.jsonl", "\tdataset: gold.jsonl", "kintsugi.yaml(3)", "tab")]
    [InlineData("dataset: gold.jsonl", "dataset: &gold gold.jsonl", "kintsugi.yaml(3)", "nchor")]
    [InlineData("dataset: gold.jsonl", "dataset: [gold.jsonl", "kintsugi.yaml(", "YAML")]
    [InlineData("python3 -S agent.py", "\u001b[31mred", "kintsugi.yaml(1)", "U+001B")]
    public async Task A_bad_kintsugi_yaml_is_refused_by_line_with_a_remedy(string old, string @new, string where, string what)
    {
        await using var repository = await UserRepository.CreateAsync();
        repository.Replace("kintsugi.yaml", old, @new);
        await repository.CommitAsync("second");

        await AssertRefusedAsync(repository, where, what);
    }

    public static TheoryData<string, string, string> BadYaml => new()
    {
        { "", "kintsugi.yaml", "empty" },
        { "\n# nothing\n", "kintsugi.yaml", "empty" },
        { "just words", "kintsugi.yaml(1)", "agent" },
        { "[]", "kintsugi.yaml(1)", "agent" },
        { new string('[', 5000), "kintsugi.yaml(1)", "nested" },
        { new string('a', 3_000_000), "kintsugi.yaml", "" },
    };

    [Theory]
    [MemberData(nameof(BadYaml))]
    public async Task A_kintsugi_yaml_that_is_no_map_is_refused(string text, string where, string what)
    {
        await using var repository = await UserRepository.CreateAsync();
        repository.Write("kintsugi.yaml", text);
        await repository.CommitAsync("second");

        await AssertRefusedAsync(repository, where, what);
    }

    [Fact]
    public async Task A_kintsugi_yaml_that_is_not_utf8_is_refused_with_its_line()
    {
        await using var repository = await UserRepository.CreateAsync();
        repository.Write("kintsugi.yaml", [.. Encoding.UTF8.GetBytes(UserRepository.Settings), .. "spec: [caf"u8, 0xE9, .. "]\n"u8]);
        await repository.CommitAsync("second");

        await AssertRefusedAsync(repository, "kintsugi.yaml(6)", "UTF-8");
    }

    [Fact]
    public async Task A_kintsugi_yaml_that_is_missing_or_not_committed_says_which()
    {
        await using var repository = await UserRepository.CreateAsync();
        await repository.GitAsync("rm", "-q", "--cached", "kintsugi.yaml");
        await repository.GitAsync("commit", "-q", "-m", "second");
        await AssertRefusedAsync(repository, "kintsugi.yaml", "Commit it");

        File.Delete(repository.PathOf("kintsugi.yaml"));
        await AssertRefusedAsync(repository, "kintsugi.yaml", "kintsugi init");
    }

    [Fact]
    public async Task A_kintsugi_yaml_that_is_a_symbolic_link_is_refused()
    {
        await using var repository = await UserRepository.CreateAsync();
        File.Move(repository.PathOf("kintsugi.yaml"), repository.PathOf("real.yaml"));
        File.CreateSymbolicLink(repository.PathOf("kintsugi.yaml"), "real.yaml");
        await repository.CommitAsync("second");

        await AssertRefusedAsync(repository, "kintsugi.yaml", "symbolic link");
    }

    [Fact]
    public async Task A_kintsugi_yaml_that_is_a_directory_is_refused_by_every_verb_and_kept()
    {
        await using var repository = await UserRepository.CreateAsync();
        File.Delete(repository.PathOf("kintsugi.yaml"));
        repository.Write("kintsugi.yaml/kept", "1");
        await repository.CommitAsync("second");

        await AssertRefusedAsync(repository, "kintsugi.yaml", "is a directory");
        await AssertRefusedAsync(repository, "", "kintsugi.yaml is a directory", "init");
    }

    [Theory]
    [InlineData("sub")]
    [InlineData("")]
    public async Task A_directory_that_is_no_agents_is_told_where_the_agents_are(string directory)
    {
        await using var repository = await UserRepository.CreateAsync("agents/one");
        repository.Write("sub/file", "1");
        await repository.CommitAsync("second");

        var said = await CommandLine.KintsugiAsync("heal", repository.PathOf(directory));

        Assert.Equal(2, said.Exit);
        Assert.Contains("'agents/one'", said.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("gold", "is a directory")]
    [InlineData("../gold.jsonl", "outside the repository")]
    [InlineData("vendored", "is a submodule")]
    public async Task A_dataset_that_is_no_file_of_the_version_says_what_it_is(string dataset, string what)
    {
        await using var repository = await UserRepository.CreateAsync();
        repository.Write("gold/more.jsonl", UserRepository.Gold());
        await repository.AddGitlinkAsync("vendored", '1');
        repository.Replace("kintsugi.yaml", "dataset: gold.jsonl", $"dataset: {dataset}");
        await repository.CommitAsync("second");

        await AssertRefusedAsync(repository, "", what);
    }

    [Theory]
    [InlineData("./gold.jsonl")]
    [InlineData("../gold.jsonl")]
    public async Task A_dataset_is_found_from_the_agents_directory(string dataset)
    {
        await using var repository = await UserRepository.CreateAsync("agent");
        repository.Write("gold.jsonl", UserRepository.Gold());
        repository.Replace("agent/kintsugi.yaml", "dataset: gold.jsonl", $"dataset: {dataset}");
        await repository.CommitAsync("second");

        var said = await CommandLine.KintsugiAsync("dataset", "check", repository.PathOf("agent"));

        Assert.True(said.Exit == 0, said.All);
        Assert.Contains("24 samples", said.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_byte_order_mark_and_windows_line_ends_are_read()
    {
        await using var repository = await UserRepository.CreateAsync();
        foreach (var file in (string[])["kintsugi.yaml", "gold.jsonl"])
            repository.Write(file, [0xEF, 0xBB, 0xBF, .. Encoding.UTF8.GetBytes(File.ReadAllText(repository.PathOf(file)).Replace("\n", "\r\n", StringComparison.Ordinal))]);
        await repository.CommitAsync("second");

        var said = await CommandLine.KintsugiAsync("dataset", "check", repository.Top);

        Assert.True(said.Exit == 0, said.All);
        Assert.Contains("24 samples", said.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_glob_that_matches_nothing_is_a_warning_that_names_it()
    {
        await using var repository = await UserRepository.CreateAsync();
        repository.Replace("kintsugi.yaml", "\"*.txt\"", "\"*.txt\", prompts/**");
        await repository.CommitAsync("second");

        var said = await CommandLine.KintsugiAsync("dataset", "check", repository.Top);

        Assert.Equal(0, said.Exit);
        Assert.Contains("'prompts/**'", said.All, StringComparison.Ordinal);
    }

    public static TheoryData<string, string, string> BadGold => new()
    {
        { "", "gold.jsonl", "no samples" },
        { "\n\n", "gold.jsonl", "no samples" },
        { Line(1) + Line(2) + Line(1), "gold.jsonl(3)", "gold.jsonl(1)" },
        { Line(1) + Line(2)[..20], "gold.jsonl(2)", "half-written" },
        { Line(1) + "{\"id\":\"x\",\"input\":{\"n\":NaN},\"target\":1}\n", "gold.jsonl(2)", "NaN" },
        { Line(1) + "{\"id\":\"x\",\"input\":{\"n\":Infinity},\"target\":1}\n", "gold.jsonl(2)", "NaN and Infinity" },
        { Line(1) + "{\"id\":\"x\",\"input\":{}}\n", "gold.jsonl(2)", "target" },
        { Line(1) + "{\"id\":\"x\",\"target\":{}}\n", "gold.jsonl(2)", "input" },
        { Line(1) + "{\"input\":{},\"target\":{}}\n", "gold.jsonl(2)", "id" },
        { Line(1) + "{\"id\":7,\"input\":{},\"target\":{}}\n", "gold.jsonl(2)", "id" },
        { Line(1) + "{\"id\":\"x\",\"imput\":{},\"target\":{}}\n", "gold.jsonl(2)", "input" },
        { Line(1) + "{\"id\":\"\\u001b[2J\",\"input\":{},\"target\":{}}\n", "gold.jsonl(2)", "control" },
        { Line(1) + "[]\n", "gold.jsonl(2)", "object" },
        { Line(1) + Line(2).TrimEnd() + Line(3), "gold.jsonl(2)", "one JSON object a line" },
        { Line(1) + new string('[', 5000) + "\n", "gold.jsonl(2)", "" },
        { Line(1) + "{\"id\":\"x\",\"input\":" + new string('[', 5000) + "\n", "gold.jsonl(2)", "" },
        { Line(1) + "{\"id\":\"x\",\"input\":\"\\ud800\",\"target\":{\"tier\":\"A\"}}\n", "gold.jsonl(2)", "surrogate" },
    };

    [Theory]
    [MemberData(nameof(BadGold))]
    public async Task A_bad_dataset_is_refused_by_line_with_a_remedy(string gold, string where, string what)
    {
        await using var repository = await UserRepository.CreateAsync();
        repository.Write("gold.jsonl", gold);
        await repository.CommitAsync("second");

        await AssertRefusedAsync(repository, where, what);
    }

    [Fact]
    public async Task A_dataset_in_another_encoding_is_refused_with_its_line()
    {
        await using var repository = await UserRepository.CreateAsync();
        repository.Write("gold.jsonl", [.. Encoding.UTF8.GetBytes(Line(1)), .. Encoding.Latin1.GetBytes("{\"id\":\"x\",\"input\":\"café\",\"target\":{\"tier\":\"A\"}}\n")]);
        await repository.CommitAsync("second");
        await AssertRefusedAsync(repository, "gold.jsonl(2)", "UTF-8");

        repository.Write("gold.jsonl", [.. Encoding.Unicode.GetPreamble(), .. Encoding.Unicode.GetBytes(Line(1))]);
        await repository.CommitAsync("third");
        await AssertRefusedAsync(repository, "gold.jsonl(1)", "UTF-16");
    }

    [Fact]
    public async Task A_line_of_more_than_50_megabytes_is_refused_with_its_line()
    {
        await using var repository = await UserRepository.CreateAsync();
        repository.Write("gold.jsonl", Line(1) + $"{{\"id\":\"x\",\"input\":\"{new string('a', 51 << 20)}\",\"target\":{{\"tier\":\"A\"}}}}\n");
        await repository.CommitAsync("second");

        await AssertRefusedAsync(repository, "gold.jsonl(2)", "50 MiB");
    }

    [Theory]
    [InlineData("{")]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("{\"version\":1,\"samples\":null}")]
    [InlineData("{\"version\":99}")]
    public async Task A_damaged_baseline_is_refused_with_a_remedy(string text)
    {
        await using var repository = await UserRepository.CreateAsync();
        repository.Write(".kintsugi/baseline.json", text);

        await AssertRefusedAsync(repository, ".kintsugi/baseline.json", "kintsugi bless");
    }

    [Theory]
    [InlineData("eval", "/nowhere")]
    [InlineData("heal", "")]
    [InlineData("init", "")]
    public async Task A_directory_that_does_not_exist_is_named(string verb, string directory)
    {
        var said = await CommandLine.KintsugiAsync(verb, directory);

        Assert.Equal(2, said.Exit);
        Assert.Contains($"'{directory}'", said.Error, StringComparison.Ordinal);
        Assert.Contains("Give the agent's", said.Error, StringComparison.Ordinal);
    }

    private static string Line(int i) => UserRepository.Gold().Split('\n')[i] + "\n";

    /// <summary>`kintsugi: file(line): what. What to do.`, in one line that a terminal can take, exit status 2, nothing touched.</summary>
    private static async Task AssertRefusedAsync(UserRepository repository, string where, string what, string verb = "eval")
    {
        var before = repository.Snapshot();

        var said = await CommandLine.KintsugiAsync(verb, repository.Top);

        repository.AssertUntouched(before);
        Assert.True(said.Exit == 2, $"exit {said.Exit}: {said.All}");
        Assert.Equal("", said.Output);
        var line = Assert.Single(said.Error.TrimEnd('\n').Split('\n'));
        Assert.StartsWith("kintsugi: " + where, line, StringComparison.Ordinal);
        Assert.Contains(what, line, StringComparison.Ordinal);
        Assert.InRange(line.Length, 20, 1000);
        Assert.DoesNotMatch(Unprintable(), line);
        Assert.Matches(SaysWhatToDo(), line);
    }

    [GeneratedRegex(@"[\x00-\x1f\x7f-\x9f]")]
    private static partial Regex Unprintable();

    [GeneratedRegex(@"[.;:!] .+[.?]$|: .+, .+[.?]$")]
    private static partial Regex SaysWhatToDo();
}

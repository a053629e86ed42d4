using System.Runtime.Versioning;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Kintsugi.Sandbox;

namespace Kintsugi.EndToEnd.BadInput;

/// <summary>
/// A user's repository with the smallest agent there is: it answers "A" from a threshold on, and what the threshold is stands in rules.txt.
/// No model is asked, so an evaluation takes as long as a process needs to start.
/// </summary>
internal sealed class UserRepository : IAsyncDisposable
{
    public const string Agent = """
        import json, sys
        from threshold import threshold
        limit = threshold()
        for line in sys.stdin:
            asked = json.loads(line)
            tier = "A" if asked["input"]["n"] >= limit else "B"
            print(json.dumps({"id": asked["id"], "epoch": asked["epoch"], "output": {"tier": tier}}), flush=True)

        """;

    public const string Threshold = """
        def threshold():
            with open("rules.txt", newline="") as rules:
                for line in rules:
                    if line.startswith("high="):
                        return int(line[5:])

        """;

    public const string Rules = "# tiers\nhigh=50\nlow=10\nother=1\nlast=0\n";

    public const string Settings = """
        agent: { name: tiny, run: python3 -S agent.py, processes: 1, timeout: 5s, start_timeout: 10s }
        components: { data: ["*.txt"] }
        dataset: gold.jsonl
        scorers: [exact: { path: $.tier }]
        gate: { baseline_runs: 2, epochs: { min: 1, max: 2 } }

        """;

    private readonly Scratch _scratch = Scratch.Create();

    private UserRepository() => Top = Path.Combine(_scratch.Directory("user"), "repository");

    public string Top { get; private set; }

    public static string Gold(int samples = 24) => string.Concat(Enumerable.Range(0, samples)
        .Select(i => $$$"""{"id":"s{{{i:00}}}","input":{"n":{{{i * 100 / samples}}}},"target":{"tier":"{{{(i * 100 / samples >= 50 ? "A" : "B")}}}"}}""" + "\n"));

    /// <summary>One commit in which all is well, agent at the top or in <paramref name="directory"/>.</summary>
    public static async Task<UserRepository> CreateAsync(string directory = "")
    {
        var repository = new UserRepository();
        Directory.CreateDirectory(repository.Top);
        await repository.GitAsync("init", "-q", "-b", "main");
        repository.WriteAgent(directory);
        await repository.CommitAsync("first");
        return repository;
    }

    /// <summary>A place beside the repository.</summary>
    public string Beside(string name) => Path.Combine(_scratch.Directory("user"), name);

    /// <summary>From now on the repository is the clone or the work tree of this name beside it.</summary>
    public void GoOnIn(string name) => Top = Beside(name);

    public void WriteAgent(string directory)
    {
        Write(Path.Combine(directory, "agent.py"), Agent);
        Write(Path.Combine(directory, "threshold.py"), Threshold);
        Write(Path.Combine(directory, "rules.txt"), Rules);
        Write(Path.Combine(directory, "gold.jsonl"), Gold());
        Write(Path.Combine(directory, "kintsugi.yaml"), Settings);
    }

    public string PathOf(string path) => Path.Combine(Top, path);

    public void Write(string path, string content) => Write(path, Encoding.UTF8.GetBytes(content));

    public void Write(string path, byte[] content)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(PathOf(path))!);
        File.WriteAllBytes(PathOf(path), content);
    }

    [SupportedOSPlatform("linux")]
    public void SetMode(string path, bool executable) =>
        new FileInfo(PathOf(path)).UnixFileMode = UnixFileMode.UserRead | UnixFileMode.UserWrite | (executable ? UnixFileMode.UserExecute : UnixFileMode.None);

    public void Replace(string path, string old, string @new)
    {
        var text = File.ReadAllText(PathOf(path));
        Assert.Contains(old, text, StringComparison.Ordinal);
        Write(path, text.Replace(old, @new, StringComparison.Ordinal));
    }

    /// <summary>A commit in which an innocent hunk stands beside whatever was changed before.</summary>
    public async Task<string> CommitAsync(string message)
    {
        await GitAsync("add", "-A", "--", ".", ":!.kintsugi");
        await GitAsync("commit", "-q", "--allow-empty", "--cleanup=verbatim", "-m", message);
        return await GitAsync("rev-parse", "HEAD");
    }

    public Task<string> GitAsync(params string[] arguments) => CommandLine.GitAsync(Top, arguments);

    /// <summary>Heals with `--json`, and asserts that nothing of the user's was touched.</summary>
    /// <returns>The document, and what was said beside it.</returns>
    public async Task<(JsonElement Document, Said Said)> HealAsync(string directory = "", params string[] arguments)
    {
        var before = Snapshot();
        var said = await CommandLine.KintsugiAsync(["heal", PathOf(directory), "--json", .. arguments]);
        AssertUntouched(before);
        Assert.True(said.Output.Length > 0, $"exit {said.Exit}: {said.Error}");
        return (JsonDocument.Parse(said.Output).RootElement, said);
    }

    /// <summary>Heals and asserts that exactly this hunk was found and put back.</summary>
    public async Task<JsonElement> AssertMendedAsync(string file, string hunk, string directory = "", params string[] arguments)
    {
        var (document, said) = await HealAsync(directory, arguments);
        Assert.True(document.GetProperty("outcome").GetString() == "proposed", said.All);
        var culprit = Assert.Single(document.GetProperty("diagnosis").GetProperty("culprit").EnumerateArray());
        Assert.Equal((file, hunk), (culprit.GetProperty("file").GetString(), culprit.GetProperty("hunk").GetString()));
        return document;
    }

    public async Task<string[]> BranchesAsync() => (await GitAsync("branch", "--format=%(refname:short)", "--list", "kintsugi/*")).Split('\n', StringSplitOptions.RemoveEmptyEntries);

    /// <summary>Asserts that the one branch of a fix is one commit on <paramref name="parent"/> that gives these files these contents, and changes nothing else.</summary>
    public async Task AssertFixAsync(string parent, params (string Path, string Content)[] restored)
    {
        var branch = Assert.Single(await BranchesAsync());
        Assert.Equal(parent, await GitAsync("rev-parse", branch + "^"));
        var changed = await GitAsync("diff-tree", "-r", "-z", "--name-only", "--no-renames", parent, branch);
        Assert.Equal(restored.Select(r => r.Path), changed.Split('\0', StringSplitOptions.RemoveEmptyEntries));
        foreach (var (path, content) in restored) Assert.Equal(content.TrimEnd('\n'), await GitAsync("cat-file", "blob", $"{branch}:{path}"));
    }

    /// <summary>A submodule's entry in the index, as a clone without its submodules has it.</summary>
    public Task AddGitlinkAsync(string path, char digit)
    {
        Directory.CreateDirectory(PathOf(path));
        return GitAsync("update-index", "--add", "--cacheinfo", $"160000,{new string(digit, 40)},{path}");
    }

    /// <summary>All that is the user's, to the byte: work tree with times and modes, and everything in .git but objects and the branches of a fix.</summary>
    public SortedDictionary<string, string> Snapshot()
    {
        var all = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var info in new DirectoryInfo(Top).EnumerateFileSystemInfos("*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.None }))
        {
            var path = Path.GetRelativePath(Top, info.FullName);
            if (IsOurs(path) || (info is DirectoryInfo && info.LinkTarget is null)) continue;
            var content = info.LinkTarget ?? Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(info.FullName)));
            all[path] = $"{info.UnixFileMode} {(info.LinkTarget is null ? info.LastWriteTimeUtc.Ticks : 0)} {content}";
        }
        return all;
    }

    public void AssertUntouched(SortedDictionary<string, string> before) => Assert.Equal(before, Snapshot());

    public ValueTask DisposeAsync()
    {
        _scratch.Dispose();
        return ValueTask.CompletedTask;
    }

    private static bool IsOurs(string path)
    {
        var parts = path.Split('/');
        return parts.Contains(".kintsugi") || (parts.Contains(".git") && (parts.Contains("objects") || path.Contains("/heads/kintsugi/", StringComparison.Ordinal)));
    }
}

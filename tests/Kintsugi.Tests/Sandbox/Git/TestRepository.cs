using System.Text;
using Kintsugi.Sandbox;
using Kintsugi.Sandbox.Git;
using Kintsugi.Sandbox.Processes;
using Microsoft.Win32.SafeHandles;

namespace Kintsugi.Tests.Sandbox.Git;

/// <summary>A real repository on disk, driven with plain git as its owner would.</summary>
public sealed class TestRepository : IAsyncDisposable
{
    private readonly Scratch _scratch = Scratch.Create();

    public TestRepository() => Top = _scratch.Directory("repository");

    public string Top { get; }

    public string Own => _scratch.Directory("own");

    public string Beside(string name) => _scratch.Directory(name);

    public static async Task<TestRepository> WithCommitAsync(params (string Path, string Content)[] files)
    {
        var repository = new TestRepository();
        await repository.GitAsync("init", "-q", "-b", "main");
        foreach (var (path, content) in files)
            repository.Write(path, content);
        await repository.CommitAllAsync("first");
        return repository;
    }

    public void Write(string path, string content) => Write(path, Encoding.UTF8.GetBytes(content));

    public void Write(string path, byte[] content)
    {
        var full = Path.Combine(Top, path);
        Directory.CreateDirectory(Path.GetDirectoryName(full)!);
        File.WriteAllBytes(full, content);
    }

    public async Task<string> CommitAllAsync(string message)
    {
        await GitAsync("add", "-A");
        await GitAsync("commit", "-q", "--allow-empty", "-m", message);
        return await GitAsync("rev-parse", "HEAD");
    }

    public Task<string> GitAsync(params string[] arguments) => GitInAsync(Top, arguments);

    public static async Task<string> GitInAsync(string directory, params string[] arguments)
    {
        using var process = await Launcher.StartAsync(new LaunchPlan(
            ["/usr/bin/git", "-C", directory, "-c", "user.name=Ann", "-c", "user.email=ann@example.org", "-c", "protocol.file.allow=always", .. arguments],
            ["PATH=/usr/bin:/bin", "HOME=/nonexistent", "GIT_CONFIG_NOSYSTEM=1", "LC_ALL=C"],
            new Dictionary<int, SafeFileHandle>()));
        var error = new StreamReader(process.Error).ReadToEndAsync();
        var output = await new StreamReader(process.Output).ReadToEndAsync();
        Assert.True(await process.Ended == 0, $"git {string.Join(' ', arguments)}: {await error}");
        return output.TrimEnd('\n');
    }

    public Task<GitRepository> OpenAsync(string below = "") =>
        GitRepository.OpenAsync(Path.Combine(Top, below), Own, TestContext.Current.CancellationToken);

    /// <summary>All of the repository that must not change: HEAD, index and work tree.</summary>
    public async Task<string> StateAsync() =>
        string.Join('\n', await GitAsync("rev-parse", "--symbolic-full-name", "HEAD"), await GitAsync("rev-parse", "HEAD"), await GitAsync("ls-files", "-s"), await GitAsync("status", "--porcelain"),
            string.Join('\n', Directory.EnumerateFiles(Top, "*", SearchOption.AllDirectories).Where(path => !path.Contains("/.git/", StringComparison.Ordinal)).Order(StringComparer.Ordinal).Select(path => $"{path} {File.ReadAllText(path)}")));

    public ValueTask DisposeAsync()
    {
        _scratch.Dispose();
        return ValueTask.CompletedTask;
    }
}

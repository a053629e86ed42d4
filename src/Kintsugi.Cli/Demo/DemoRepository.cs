using Kintsugi.Sandbox.Git;

namespace Kintsugi.Cli.Demo;

/// <summary>Writes a demo's history as a git repository, in two parts: up to the version that is blessed, and what came after.</summary>
internal sealed class DemoRepository(string directory, DemoHistory history)
{
    private NewRepository? _git;

    public string AgentDirectory => directory;

    /// <summary>Commits up to the good version, under the weather of the blessing.</summary>
    public async Task MakeGoodAsync(CancellationToken cancellationToken)
    {
        _git = await NewRepository.CreateAsync(directory, cancellationToken);
        foreach (var commit in history.Commits.Take(history.BaseIndex + 1)) await CommitAsync(commit, cancellationToken);
        SetWeather(history.Bless);
    }

    /// <summary>Commits the baseline and the rest of the history, under the weather of the heal.</summary>
    public async Task MakeRestAsync(CancellationToken cancellationToken)
    {
        var last = history.Base;
        await _git!.CommitAllAsync("Bless the current version", last.Author, last.Email, last.At.AddMinutes(10), cancellationToken);
        foreach (var commit in history.Commits.Skip(history.BaseIndex + 1)) await CommitAsync(commit, cancellationToken);
        SetWeather(history.Heal);
    }

    private async Task CommitAsync(DemoCommit commit, CancellationToken cancellationToken)
    {
        foreach (var file in Directory.EnumerateFiles(directory, "*", SearchOption.AllDirectories))
        {
            var path = Path.GetRelativePath(directory, file).Replace('\\', '/');
            if (!path.StartsWith(".git/", StringComparison.Ordinal) && !path.StartsWith(".kintsugi/", StringComparison.Ordinal) && !commit.Files.ContainsKey(path)) File.Delete(file);
        }
        foreach (var (path, content) in commit.Files)
        {
            var file = Path.Combine(directory, path);
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            await File.WriteAllBytesAsync(file, content.Bytes, cancellationToken);
            if (content.Mode == "100755" && !OperatingSystem.IsWindows()) File.SetUnixFileMode(file, File.GetUnixFileMode(file) | UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute);
        }
        await _git!.CommitAllAsync(commit.Message, commit.Author, commit.Email, commit.At, cancellationToken);
    }

    private void SetWeather(Models.Providers.Simulated.SimulatedWeather weather)
    {
        var file = Path.Combine(directory, Workspace.WeatherFile);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllText(file, weather.ToJson());
    }
}

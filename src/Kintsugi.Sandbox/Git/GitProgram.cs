using System.ComponentModel;
using System.Text;
using Kintsugi.Sandbox.Processes;
using Microsoft.Win32.SafeHandles;

namespace Kintsugi.Sandbox.Git;

/// <summary>What git printed and how it ended.</summary>
/// <param name="Cut">Whether it was stopped because it printed more than was asked for.</param>
internal sealed record GitOutput(int Code, byte[] Output, string Error, bool Cut)
{
    public string Line => Encoding.UTF8.GetString(Output).TrimEnd('\n');
}

/// <summary>Runs the host's git so that nothing in a repository or in the caller's surroundings makes it run anything else.</summary>
/// <remarks>
/// No configuration but the repository's own is read, and of that what would start a program on a plumbing command is overruled.
/// Flags do not disarm a tampered repository against porcelain (clean filters run on `git diff`): only plumbing is run on the user's
/// repository, and everything that looks at trees runs on a repository of ours that borrows its objects.
/// </remarks>
internal static class GitProgram
{
    private const int MostErrorBytes = 64 * 1024;

    private static readonly string[] ClosedEnvironment =
    [
        $"PATH={HostPrograms.SearchPath}", "HOME=/nonexistent", "LC_ALL=C",
        "GIT_CONFIG_NOSYSTEM=1", "GIT_CONFIG_GLOBAL=/dev/null", "GIT_ATTR_NOSYSTEM=1",
        "GIT_TERMINAL_PROMPT=0", "GIT_OPTIONAL_LOCKS=0", "GIT_NO_REPLACE_OBJECTS=1", "GIT_NO_LAZY_FETCH=1", "GIT_ADVICE=0",
    ];

    private static readonly string[] ClosedOptions =
    [
        "--no-replace-objects", "--literal-pathspecs", "--no-pager",
        "-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null", "-c", "protocol.allow=never",
        "-c", "core.untrackedCache=false", "-c", "safe.bareRepository=explicit",

        // Root works on a user's repository: whose it is does not matter where nothing in it is run.
        "-c", "safe.directory=*",
    ];

    private static readonly Lazy<string?> Program = new(() =>
        HostPrograms.Find("git")
        ?? (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Where(Path.IsPathFullyQualified)
            .Select(folder => Path.Combine(folder, "git")).FirstOrDefault(File.Exists));

    /// <exception cref="GitException">Git is not installed.</exception>
    public static async Task<HostProcess> StartAsync(IEnumerable<string> arguments, IEnumerable<string> variables)
    {
        if (Program.Value is not { } program)
            throw new GitException("Git is not installed: install git 2.38 or later.");
        return await LaunchAsync([program, .. ClosedOptions, .. arguments], [.. ClosedEnvironment, .. variables]);
    }

    /// <summary>Runs git to its end.</summary>
    /// <param name="mostBytes">More output than this stops git, and <see cref="GitOutput.Cut"/> says so.</param>
    public static async Task<GitOutput> RunAsync(
        IEnumerable<string> arguments, IEnumerable<string> variables, ReadOnlyMemory<byte> input, int mostBytes, CancellationToken cancellationToken)
    {
        using var process = await StartAsync(arguments, variables);
        return await FinishAsync(process, input, mostBytes, cancellationToken);
    }

    /// <summary>Runs git on a clone of ours against a remote, which nothing else may reach.</summary>
    /// <param name="variables">Credentials among them: a process's arguments can be read by everybody, its environment cannot.</param>
    public static Task<GitOutput> ReachAsync(IEnumerable<string> arguments, IEnumerable<string> variables, CancellationToken cancellationToken) =>
        RunAsync(["-c", "protocol.https.allow=always", "-c", "protocol.http.allow=always", "-c", "protocol.file.allow=always", "-c", "http.followRedirects=initial", .. arguments], variables, ReadOnlyMemory<byte>.Empty, MostErrorBytes, cancellationToken);

    /// <summary>Reads one value of the user's own configuration, all files of it, which starts nothing.</summary>
    public static async Task<GitOutput> ReadUserConfigAsync(string directory, string key, CancellationToken cancellationToken)
    {
        if (Program.Value is not { } program)
            throw new GitException("Git is not installed: install git 2.38 or later.");
        string[] variables = [$"PATH={HostPrograms.SearchPath}", $"HOME={Environment.GetFolderPath(Environment.SpecialFolder.UserProfile)}", "LC_ALL=C"];
        using var process = await LaunchAsync([program, "-C", directory, "-c", "safe.directory=*", "config", "--null", "--get", key], variables);
        return await FinishAsync(process, ReadOnlyMemory<byte>.Empty, MostErrorBytes, cancellationToken);
    }

    private static async Task<HostProcess> LaunchAsync(IReadOnlyList<string> arguments, IReadOnlyList<string> environment)
    {
        try
        {
            return await Launcher.StartAsync(new LaunchPlan(arguments, environment, new Dictionary<int, SafeFileHandle>()));
        }
        catch (Exception error) when (error is Win32Exception or IOException)
        {
            throw new GitException($"Git cannot be started: {error.Message}");
        }
    }

    private static async Task<GitOutput> FinishAsync(HostProcess process, ReadOnlyMemory<byte> input, int mostBytes, CancellationToken cancellationToken)
    {
        await using var killed = cancellationToken.Register(process.Kill);
        var writing = WriteAsync(process.Input, input);
        var output = ReadAsync(process.Output, mostBytes, process.Kill);
        var error = ReadAsync(process.Error, MostErrorBytes, () => { });
        var (bytes, cut) = await output;
        var (complaint, _) = await error;
        await writing;
        var code = await process.Ended;
        cancellationToken.ThrowIfCancellationRequested();
        return new GitOutput(code, bytes, Encoding.UTF8.GetString(complaint).Trim(), cut);
    }

    private static async Task WriteAsync(Stream stream, ReadOnlyMemory<byte> input)
    {
        try
        {
            await stream.WriteAsync(input);
            await stream.DisposeAsync();
        }
        catch (IOException)
        {
            // Git ended early; its exit code says why.
        }
    }

    private static async Task<(byte[] Bytes, bool Cut)> ReadAsync(Stream stream, int most, Action onCut)
    {
        var buffer = new byte[32 * 1024];
        using var all = new MemoryStream();
        var cut = false;
        while (await stream.ReadAsync(buffer) is > 0 and var read)
        {
            var fits = (int)Math.Min(read, most - all.Length);
            all.Write(buffer, 0, fits);
            if (fits == read || cut)
                continue;
            cut = true;
            onCut();
        }

        return (all.ToArray(), cut);
    }
}

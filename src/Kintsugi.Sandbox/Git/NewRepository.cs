using System.Globalization;

namespace Kintsugi.Sandbox.Git;

/// <summary>A repository that this product makes for itself, work tree included: for demonstrations and benchmarks, never for a user's.</summary>
public sealed class NewRepository
{
    private readonly string _directory;

    private NewRepository(string directory) => _directory = directory;

    /// <summary>Makes an empty repository whose first branch is `main`.</summary>
    public static async Task<NewRepository> CreateAsync(string directory, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(directory);
        var made = new NewRepository(directory);
        await RunAsync(["init", "--quiet", "--initial-branch=main", "--template=", "--", directory], [], cancellationToken);
        return made;
    }

    /// <summary>Commits the work tree as it stands.</summary>
    /// <exception cref="GitException">There is nothing to commit.</exception>
    public async Task CommitAllAsync(string message, string author, string email, DateTimeOffset at, CancellationToken cancellationToken)
    {
        await RunAsync(["-C", _directory, "add", "--all"], [], cancellationToken);
        var date = string.Create(CultureInfo.InvariantCulture, $"@{at.ToUnixTimeSeconds()} {(at.Offset < TimeSpan.Zero ? '-' : '+')}{at.Offset:hhmm}");
        await RunAsync(
            ["-C", _directory, "commit", "--quiet", "--no-gpg-sign", $"--message={message}"],
            [
                $"GIT_AUTHOR_NAME={author}", $"GIT_AUTHOR_EMAIL={email}", $"GIT_AUTHOR_DATE={date}",
                $"GIT_COMMITTER_NAME={author}", $"GIT_COMMITTER_EMAIL={email}", $"GIT_COMMITTER_DATE={date}",
            ],
            cancellationToken);
    }

    private static async Task RunAsync(IReadOnlyList<string> arguments, IReadOnlyList<string> variables, CancellationToken cancellationToken)
    {
        var output = await GitProgram.RunAsync(arguments, variables, ReadOnlyMemory<byte>.Empty, 1 << 20, cancellationToken);
        if (output.Code != 0) throw new GitException($"git {arguments[0]} failed: {output.Error.Trim()} {output.Line}");
    }
}

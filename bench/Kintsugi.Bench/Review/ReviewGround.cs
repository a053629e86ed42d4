using Kintsugi.Tests.Forge;

namespace Kintsugi.Bench;

/// <summary>A demo's repository whose fixes are reviewed at a forge of ours, and that forge.</summary>
internal sealed class ReviewGround : IAsyncDisposable
{
    /// <summary>Somebody who may write to the repository.</summary>
    public const string Maintainer = "ann";

    private ReviewGround(DemoFolder folder, StrictGitHub forge) => (Folder, Forge) = (folder, forge);

    public DemoFolder Folder { get; }

    public StrictGitHub Forge { get; }

    /// <summary>Makes, breaks and blesses the demo's repository, and lets its fixes go to a forge.</summary>
    public static async Task<DemoFolder> MakeAsync(string place, string scenario, CancellationToken cancellationToken)
    {
        var made = await DemoFolder.MakeAsync(place, scenario, 1, cancellationToken);
        var file = Path.Combine(place, "kintsugi.yaml");
        var text = await File.ReadAllTextAsync(file, cancellationToken);
        await File.WriteAllTextAsync(file, text.Replace("review: { to: local }", "review: { to: github, token: \"${FORGE_TOKEN}\", base: main, reviewers: [ann] }", StringComparison.Ordinal), cancellationToken);
        await GitAsync(place, cancellationToken, "commit", "--quiet", "--all", "--message=Have fixes reviewed at the forge");
        return made;
    }

    /// <summary>A copy of its own with a forge of its own that has all its commits.</summary>
    public static async Task<ReviewGround> OpenAsync(DemoFolder made, string place, CancellationToken cancellationToken)
    {
        var folder = await made.CopyAsync(place, cancellationToken);
        var forge = await StrictGitHub.StartAsync(cancellationToken);
        forge.Collaborators[Maintainer] = "write";
        forge.PageSize = 30;
        await forge.Git.LoadAsync(place, cancellationToken);
        return new ReviewGround(folder, forge);
    }

    /// <summary>As a job of CI has it: the forge's address comes from the job.</summary>
    public IReadOnlyDictionary<string, string> Job => new Dictionary<string, string>
    {
        ["GITHUB_ACTIONS"] = "true",
        ["GITHUB_API_URL"] = Forge.Root.ToString(),
        ["GITHUB_REPOSITORY"] = Forge.Repository,
        ["GITHUB_SERVER_URL"] = "https://forge.example",
        ["GITHUB_RUN_ID"] = "17",
        ["FORGE_TOKEN"] = StrictGitHub.Token,
    };

    public KintsugiCommand Command(params IReadOnlyList<string> arguments)
    {
        var command = new KintsugiCommand(arguments);
        foreach (var (name, value) in Job) command.Variables[name] = value;
        return command;
    }

    public KintsugiCommand Heal() => Command("heal", Folder.Path, "--seed", "1", "--json");

    public KintsugiCommand Watch() => Command("watch", Folder.Path, "--once");

    /// <summary>What `git pull` does: the forge serves no git, so its objects are handed over.</summary>
    public async Task PullAsync(CancellationToken cancellationToken)
    {
        await Forge.Git.StoreAsync(Folder.Path, cancellationToken);
        await GitAsync(Folder.Path, cancellationToken, "reset", "--quiet", "--hard", Forge.Git.Branches["main"]);
    }

    public void LoseDatabase()
    {
        foreach (var file in Directory.EnumerateFiles(Path.Combine(Folder.Path, ".kintsugi"), "kintsugi.db*")) File.Delete(file);
    }

    public ValueTask DisposeAsync() => Forge.DisposeAsync();

    private static Task<string> GitAsync(string place, CancellationToken cancellationToken, params string[] arguments) =>
        KintsugiCommand.HostAsync("git", ["-C", place, "-c", "user.name=Ann", "-c", "user.email=ann@example.org", .. arguments], cancellationToken);
}

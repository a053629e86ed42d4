using System.CommandLine;
using System.Text.RegularExpressions;
using Kintsugi.Cli.Output;
using Kintsugi.Healing.Incidents;
using Kintsugi.Sandbox.Git;

namespace Kintsugi.Cli.Verbs;

/// <summary>Looks after repositories without a server and without CI: by asking.</summary>
internal static partial class WatchVerb
{
    private const string TokenVariable = "KINTSUGI_GIT_TOKEN";
    private static readonly TimeSpan Shortest = TimeSpan.FromSeconds(10);

    public static Command Command()
    {
        var directory = Edge.Directory("A directory of the repository; with --repo the directory that its clone is kept in: an empty one, one that is not there yet, or the clone of an earlier watch.");
        var repository = new Option<string?>("--repo") { Description = "Look after a clone of its own of this repository: owner/name of GitHub, or an address.", HelpName = "REPOSITORY" };
        var branch = new Option<string?>("--branch") { Description = "With --repo: the branch that is deployed. Default: the one that the repository calls its own.", HelpName = "BRANCH" };
        var every = new Option<int>("--every") { Description = "Seconds from one look to the next; at least 10.", HelpName = "SECONDS", DefaultValueFactory = _ => 60 };
        var once = new Option<bool>("--once") { Description = "Look once and end, for cron." };
        var unsandboxed = Edge.AllowUnsandboxed();
        return new Verb("watch", "Heals what is new on a branch, and goes on with the conversations under its pull requests, until Ctrl+C.")
        {
            Arguments = { directory },
            Options = { repository, branch, every, once, unsandboxed },
            Writes = "what heal writes, beside each agent of the repository; with --repo a clone of its own, whose work tree is overwritten; a directory that holds anything else is refused",
            Examples =
            [
                ("kintsugi watch --repo owner/name agents", $"clones it into the new directory agents/ and follows its default branch; ${TokenVariable} for a private one"),
                ("kintsugi watch --once", "in cron, after `git pull`: the version that is checked out, and the pull requests"),
            ],
            Exits =
            [
                (ExitStatus.Ok, "it was told to end, or with --once everything was looked at"),
            ],
        }.Does(async (parsed, cancellationToken) =>
        {
            var pause = TimeSpan.FromSeconds(parsed.GetValue(every));
            if (pause < Shortest) throw new UsageException($"--every {pause.TotalSeconds:0} would ask the forge too often. At least {Shortest.TotalSeconds:0}.");
            var place = parsed.GetValue(directory)!;
            var clone = parsed.GetValue(repository) is { } named ? new GitClone(place, Address(named)) : null;
            var screen = new HealScreen(Console.Error, quiet: false);
            using var timer = new PeriodicTimer(pause);
            do
            {
                var status = await LookAsync(place, clone, parsed.GetValue(branch), parsed.GetValue(unsandboxed), screen, cancellationToken);
                if (parsed.GetValue(once)) return status;
            }
            while (await timer.WaitForNextTickAsync(cancellationToken));
            return ExitStatus.Ok;
        });
    }

    /// <summary>What cannot be done now is said, and done with a later look: one agent does not hold up another, nor a version that cannot be read the next one.</summary>
    /// <returns>Exit status of a single look.</returns>
    private static async Task<int> LookAsync(string place, GitClone? clone, string? branch, bool allowUnsandboxed, HealScreen screen, CancellationToken cancellationToken)
    {
        var status = ExitStatus.Ok;
        if (clone is not null) await TriesAsync("the clone", () => clone.FollowAsync(branch, Environment.GetEnvironmentVariable(TokenVariable) is { Length: > 0 } token ? token : null, cancellationToken));
        if (status != ExitStatus.Ok) return status;
        await TriesAsync("the repository", async () =>
        {
            var agents = await Workspace.AgentsAsync(place, "HEAD", cancellationToken);
            if (agents.Count == 0) throw new UsageException($"no {Kintsugi.Evaluation.Agents.AgentFile.FileName} is committed in {Text.Plain(place, 200)}. Run `kintsugi init`, and commit.");
            foreach (var (path, directory) in agents)
                await TriesAsync(path.Length == 0 ? "the agent" : path, async () =>
                {
                    var (moved, gravest) = await new WatchRound(directory, allowUnsandboxed, screen).RunAsync(heals: true, cancellationToken);
                    foreach (var state in moved) Say(state);
                    status = Math.Max(status, gravest);
                });
        });
        return status;

        async Task TriesAsync(string what, Func<Task> does)
        {
            try
            {
                await does();
            }
            catch (Exception e) when (!cancellationToken.IsCancellationRequested)
            {
                var (answer, words) = Edge.Answer(e);
                status = Math.Max(status, answer);
                await Console.Error.WriteLineAsync($"warning: {Text.Plain(what, 200)}: {words}");
            }
        }
    }

    private static void Say(IncidentState state) =>
        Console.Out.WriteLine(Text.Plain($"{state.Opened.Agent} {state.Head.Id[..10]}: incident {state.Incident} {(state.Outcome is { } outcome ? Words.Snake(outcome) : "open")}{(state.UnderReview is { } review ? $" {review.Url}" : "")}", 500));

    internal static Uri Address(string repository)
    {
        if (Short().IsMatch(repository)) return new Uri($"https://github.com/{repository}.git");
        if (Uri.TryCreate(repository, UriKind.Absolute, out var address) && address.Scheme is "https" or "http" or "file")
            return address.UserInfo.Length == 0 ? address : throw new UsageException($"the address of the repository holds a name or a token, which git would keep in the clone. Give the token in ${TokenVariable}.");
        throw new UsageException($"'{Text.Plain(repository, 200)}' is no repository that can be followed. Write owner/name, or an address that begins with https://.");
    }

    [GeneratedRegex(@"^[A-Za-z0-9][A-Za-z0-9-]*/[A-Za-z0-9._-]+\z", RegexOptions.CultureInvariant)]
    private static partial Regex Short();
}

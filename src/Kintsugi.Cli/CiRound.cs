using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using Kintsugi.Cli.Output;
using Kintsugi.Cli.Verbs;
using Kintsugi.Evaluation.Agents;
using Kintsugi.Evaluation.Detection;
using Kintsugi.Forge;
using Kintsugi.Healing.Incidents;
using Kintsugi.Healing.Review;
using Kintsugi.Models.Cassettes;
using Kintsugi.Sandbox;
using Kintsugi.Sandbox.Git;

namespace Kintsugi.Cli;

/// <summary>Does what a CI event asks for, for every agent of a repository.</summary>
/// <param name="directory">Somewhere in the repository.</param>
/// <param name="log">The platform's log of a deployment that failed; null for none.</param>
internal sealed partial class CiRound(string directory, CiPlace place, bool allowInsufficient, bool allowUnsandboxed, string? log, HealScreen screen)
{
    private const int LongestLog = 8_000;

    /// <returns>Exit status.</returns>
    public async Task<int> RunAsync(CiEvent happened, CancellationToken cancellationToken)
    {
        switch (happened)
        {
            case VersionProposed proposed:
                return await EvaluateAllAsync(proposed, cancellationToken);
            case VersionInUse used:
                return await HealAllAsync(used, cancellationToken);
            case DeploymentFailed failed:
                return await TriageAsync(failed, cancellationToken);
            case Deployed deployed:
                return await RunAsync(await IsOfAsync(deployed, cancellationToken) ? deployed.What : new NothingToDo($"what was deployed, {deployed.Commit[..10]}, is not of the default branch"), cancellationToken);
            case ConversationMoved:
                return await ConverseAllAsync(cancellationToken);
            case NothingToDo nothing:
                Console.Out.WriteLine($"Nothing to do: {nothing.Why}.");
                return ExitStatus.Ok;
            default:
                throw new ArgumentOutOfRangeException(nameof(happened), happened, "No such event.");
        }
    }

    private async Task<int> EvaluateAllAsync(VersionProposed proposed, CancellationToken cancellationToken)
    {
        if (proposed.IsFork) Console.Out.WriteLine("A fork's pull request gets no key and no write token: it is judged by the settings of its base, recordings alone answer, and the verdict is in the job's summary.");
        else if (place.Forge is null) Console.Out.WriteLine("There is no GITHUB_TOKEN, so the verdict is in the job's summary alone.");
        List<int> statuses = [];
        var agents = await AgentsAsync(proposed.Head, cancellationToken);
        var known = proposed.IsFork ? (await AgentsAsync(proposed.Base, cancellationToken)).Select(a => a.Path).ToHashSet(StringComparer.Ordinal) : null;
        foreach (var (path, agent) in agents)
            statuses.Add(known?.Contains(path) is false ? await NotJudgedAsync(path, cancellationToken) : await EvaluateAsync(proposed, path, agent, cancellationToken));
        return Worst(statuses);
    }

    /// <summary>An agent that a fork adds has no settings of ours to be judged by, and no baseline.</summary>
    private async Task<int> NotJudgedAsync(string path, CancellationToken cancellationToken)
    {
        Console.Out.WriteLine($"{Name(path)}: new in this pull request, and a fork's: not evaluated. Whoever may write reads it, has the branch in this repository, and blesses it there.");
        await place.SummarizeAsync($"### {Quoted.Prose(Name(path), 80)}: not evaluated\n\nThe agent is new in this pull request, and the pull request is a fork's.\n", cancellationToken);
        return allowInsufficient ? ExitStatus.Ok : ExitStatus.Insufficient;
    }

    /// <summary>What keeps one agent from being evaluated is said under the pull request too, and holds up no other.</summary>
    private async Task<int> EvaluateAsync(VersionProposed proposed, string path, string agent, CancellationToken cancellationToken)
    {
        try
        {
            await using var workspace = proposed.IsFork
                ? await Workspace.OpenStrangersAsync(agent, proposed.Head, proposed.Base, cancellationToken)
                : await Workspace.OpenAsync(agent, proposed.Head, allowUnsandboxed, cancellationToken);
            foreach (var warning in await workspace.WarningsAsync(cancellationToken)) await Console.Error.WriteLineAsync($"warning: {Name(path)}: {Output.Text.Plain(warning, 400)}");
            var evaluation = await VersionEvaluation.OpenAsync(workspace, cancellationToken);
            if (!evaluation.HasChanged)
            {
                Console.Out.WriteLine($"{Name(path)}: as it was blessed: not run");
                await TellAsync(proposed, path, workspace.Agent.Name, ExitStatus.Ok, "As it was blessed", "No component of the agent differs from the blessed version, so it was not run.\n", isNews: false, cancellationToken);
                return ExitStatus.Ok;
            }
            var evaluated = await evaluation.RunAsync(isFast: false, cancellationToken);
            EvalTable.Write(Console.Out, evaluated, all: false, hides: true);
            var status = evaluated.Run.StartFailure is not null ? ExitStatus.Bad : ExitStatus.Of(evaluated.Verdict?.Kind ?? VerdictKind.Insufficient, allowInsufficient);
            var report = EvaluationReports.Of(workspace, evaluated);
            await TellAsync(proposed, path, workspace.Agent.Name, status, EvaluationInMarkdown.Title(report), EvaluationInMarkdown.Render(report), isNews: true, cancellationToken);
            return status;
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            var (status, words) = Edge.Answer(e);
            await Console.Error.WriteLineAsync($"kintsugi: {Name(path)}: {words}");
            await TellAsync(
                proposed, path, "agent", status, "It could not be evaluated", $"### {Quoted.Prose(Name(path), 80)}: it could not be evaluated\n\n{Quoted.Prose(words, 1_000)}\n",
                isNews: true, cancellationToken);
            return status;
        }
    }

    /// <summary>One comment and one check for each agent, each written over when there is another verdict.</summary>
    /// <param name="isNews">Whether it is worth a comment.</param>
    private async Task TellAsync(VersionProposed proposed, string path, string agent, int status, string title, string markdown, bool isNews, CancellationToken cancellationToken)
    {
        if (isNews) await place.SummarizeAsync(markdown, cancellationToken);
        if (place.Forge is not { } forge || proposed.IsFork) return;
        try
        {
            if (isNews) await forge.PutCommentAsync(proposed.Number, KeyOf(path), markdown, cancellationToken);
            bool? passed = status switch { ExitStatus.Ok => true, ExitStatus.Bad => false, _ => null };
            await forge.PutCheckAsync(new CheckReport(proposed.Head, CheckNames.Of(agent, path), passed, title, markdown, []), cancellationToken);
        }
        catch (ForgeException e)
        {
            // The verdict stands, and is in the summary: a job of a bot has no write token, and gates all the same.
            await Console.Error.WriteLineAsync($"warning: the verdict could not be written under the pull request: {Output.Text.Plain(e.Message, 600)}");
        }
    }

    private async Task<int> ConverseAllAsync(CancellationToken cancellationToken)
    {
        List<int> statuses = [];
        foreach (var (path, agent) in await AgentsAsync("HEAD", cancellationToken)) statuses.Add(await TriesAsync(path, () => ConverseAsync(path, agent, cancellationToken), cancellationToken));
        return Worst(statuses);
    }

    /// <summary>One round of what is said and done under the agent's pull requests. The forge's state decides, the event only says that it is time to look.</summary>
    private async Task<int> ConverseAsync(string path, string agent, CancellationToken cancellationToken)
    {
        var (moved, status) = await new WatchRound(agent, allowUnsandboxed, screen).RunAsync(heals: false, cancellationToken);
        foreach (var state in moved) Console.Out.WriteLine($"{Name(path)}: incident {state.Incident} is {(state.Outcome is { } outcome ? Words.Snake(outcome) : "open")}");
        return status;
    }

    /// <summary>Whether what was deployed is a commit of the default branch, as origin has it.</summary>
    /// <exception cref="UsageException">This clone does not know enough to say so.</exception>
    private async Task<bool> IsOfAsync(Deployed deployed, CancellationToken cancellationToken)
    {
        using var scratch = Scratch.Create();
        await using var git = await GitRepository.OpenAsync(Path.GetFullPath(directory), scratch.Directory("git"), cancellationToken);
        var branch = $"refs/remotes/origin/{deployed.Branch}";
        if (await git.IsKnownAncestorAsync(deployed.Commit, branch, cancellationToken)) return true;
        return !git.IsShallow && await git.TryResolveAsync(branch, cancellationToken) is not null
            ? false
            : throw new UsageException($"this clone does not tell whether {deployed.Commit[..10]} is of the branch {Output.Text.Plain(deployed.Branch, 100)} of origin, and only what is may be healed. Check out with `fetch-depth: 0`.");
    }

    private async Task<int> HealAllAsync(VersionInUse used, CancellationToken cancellationToken)
    {
        List<int> statuses = [];
        foreach (var (path, agent) in await AgentsAsync(used.Commit ?? "HEAD", cancellationToken))
        {
            if (used.Converses) statuses.Add(await TriesAsync(path, () => ConverseAsync(path, agent, cancellationToken), cancellationToken)); // what is in use now may be a fix that was merged
            statuses.Add(await TriesAsync(path, async () =>
            {
                if (!used.Always && !await HasChangedAsync(agent, used.Commit!, cancellationToken))
                {
                    Console.Out.WriteLine($"{Name(path)}: as it was blessed: not run");
                    return ExitStatus.Ok;
                }
                return (await HealAsync(path, agent, used.Commit ?? "HEAD", cancellationToken)).Status;
            }, cancellationToken));
        }
        return Worst(statuses);
    }

    private async Task<(int Status, IncidentState? State)> HealAsync(string path, string agent, string revision, CancellationToken cancellationToken)
    {
        await using var workspace = await Workspace.OpenAsync(agent, revision, allowUnsandboxed, cancellationToken);
        if (workspace.ReadBaseline() is null)
        {
            Console.Out.WriteLine($"{Name(path)}: no version is blessed yet. Run `kintsugi bless` on a good one, and commit what it writes.");
            return (allowInsufficient ? ExitStatus.Ok : ExitStatus.Insufficient, null);
        }
        if (place.Forge is not null && workspace.Agent.Review.To == "local")
            await Console.Error.WriteLineAsync($"warning: {Name(path)}: a fix becomes a branch of this job's clone, which is gone with it. Say `review: {{ to: github, token: ${{GITHUB_TOKEN}} }}` in kintsugi.yaml.");
        Console.Out.WriteLine($"{Name(path)}: kintsugi heal --head {workspace.Head.Id[..10]} --gate");
        var session = await HealSession.OpenAsync(workspace, null, workspace.Seed, null, screen, cancellationToken);
        var state = await session.DriveAsync(null, cancellationToken);
        await place.SummarizeAsync(MarkdownReport.Render(IncidentReports.From(state, workspace.FailuresOf(state))), cancellationToken);
        var status = await HealVerb.FinishAsync(state, session, screen, json: false, gate: true, cancellationToken);
        return (status == ExitStatus.Insufficient && allowInsufficient ? ExitStatus.Ok : status, state);
    }

    /// <summary>A version that starts nowhere is mended as any other. One that starts here and not at the platform has a cause that is not in it, so a person gets the platform's words.</summary>
    private async Task<int> TriageAsync(DeploymentFailed failed, CancellationToken cancellationToken)
    {
        List<int> statuses = [];
        var isExplained = false;
        foreach (var (path, agent) in await AgentsAsync(failed.Commit, cancellationToken))
        {
            statuses.Add(await TriesAsync(path, async () =>
            {
                var (status, state) = await HealAsync(path, agent, failed.Commit, cancellationToken);
                isExplained |= state?.Pairs is { Confirmed: true };
                return status;
            }, cancellationToken));
        }
        if (isExplained) return Worst([ExitStatus.Bad, .. statuses]);

        var body = Escalation(failed);
        Console.Out.WriteLine(Output.Text.Plain($"The deployment of {failed.Commit[..10]} failed at the platform, and no agent's dataset shows why: a person has to decide. It says: {failed.Says}", 1_000));
        await place.SummarizeAsync(body, cancellationToken);
        if (place.Forge is { } forge)
        {
            var issue = await forge.PutIssueAsync(new IssueRequest($"deployment:{failed.Commit}", $"The deployment of {failed.Commit[..10]} failed", body, ReviewDefinition.DefaultLabels, []), cancellationToken);
            Console.Out.WriteLine(issue.AbsoluteUri);
        }
        return Worst([ExitStatus.Bad, .. statuses]);
    }

    private string Escalation(DeploymentFailed failed) =>
        $"### The deployment of {Quoted.Span(failed.Commit)} to {Quoted.Prose(failed.Environment.Length == 0 ? "its environment" : failed.Environment, 100)} failed\n\n"
        + "The version starts and is no worse on its golden dataset, as far as that could be run: what keeps it from being deployed is not to be seen there. A person has to decide.\n\n"
        + $"The platform says: {Quoted.Prose(failed.Says.Length == 0 ? "nothing" : failed.Says, 1_000)}\n"
        + (failed.Log is { } address ? $"\nIts log: {Quoted.Span(address.AbsoluteUri, 500)}\n" : "")
        + (log is null ? "" : $"\nIts end:\n\n{Quoted.FenceOfEnd(log, "text", 200, LongestLog)}");

    private async Task<IReadOnlyList<(string Path, string Directory)>> AgentsAsync(string revision, CancellationToken cancellationToken)
    {
        IReadOnlyList<(string, string)> agents;
        try
        {
            agents = await Workspace.AgentsAsync(directory, revision, cancellationToken);
        }
        catch (GitException e) when (revision != "HEAD")
        {
            throw new UsageException($"the commit {revision} of the event is not in this clone ({Output.Text.Plain(e.Message, 300)}). Check out with `fetch-depth: 0`.");
        }
        return agents.Count > 0 ? agents : throw new UsageException($"no kintsugi.yaml is committed at {Output.Text.Plain(revision, 80)}. Run `kintsugi init` in an agent's directory, and commit.");
    }

    private static async Task<bool> HasChangedAsync(string agent, string revision, CancellationToken cancellationToken)
    {
        await using var workspace = await Workspace.OpenAsync(agent, revision, false, CassetteMode.Replay, cancellationToken);
        return workspace.ReadBaseline()?.Manifest != await workspace.ManifestAsync(workspace.Head, cancellationToken);
    }

    private static async Task<int> TriesAsync(string path, Func<Task<int>> does, CancellationToken cancellationToken)
    {
        try
        {
            return await does();
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            var (status, words) = Edge.Answer(e);
            await Console.Error.WriteLineAsync($"kintsugi: {Name(path)}: {words}");
            return status;
        }
    }

    private static int Worst(IReadOnlyList<int> statuses) => statuses.Contains(ExitStatus.Bad) ? ExitStatus.Bad : statuses.Max(); // one that is worse outweighs one that is undecided

    private static string Name(string path) => path.Length == 0 ? "." : Output.Text.Plain(path, 200);

    /// <summary>What a comment is known by: it must be the same whether the agent's file can be read or not.</summary>
    private static string KeyOf(string path) =>
        "verdict:" + (path.Length == 0 ? "." : Key().IsMatch(path) ? path : Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(path)))[..16]);

    [GeneratedRegex(@"^(?!.*--)[A-Za-z0-9._/-]{1,100}\z")]
    private static partial Regex Key();
}

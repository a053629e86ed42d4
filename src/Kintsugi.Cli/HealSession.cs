using System.Security.Cryptography;
using System.Text;
using Kintsugi.Cli.Output;
using Kintsugi.Cli.Verbs;
using Kintsugi.Evaluation.Agents;
using Kintsugi.Evaluation.Datasets;
using Kintsugi.Evaluation.Scorers;
using Kintsugi.Forge;
using Kintsugi.Forge.Local;
using Kintsugi.Healing.Incidents;
using Kintsugi.Healing.Incidents.Steps;
using Kintsugi.Healing.Notices;
using Kintsugi.Healing.Repair;
using Kintsugi.Healing.Review;
using Kintsugi.Healing.Triage;
using Kintsugi.Sandbox.Git;

namespace Kintsugi.Cli;

/// <summary>One incident in this process: opened or found, driven, told to the screen and to the report's files.</summary>
internal sealed class HealSession
{
    private readonly Workspace _workspace;
    private readonly HealContext? _context; // null where the incident stays as it stands
    private readonly HealScreen _screen;

    private HealSession(Workspace workspace, HealContext? context, string incident, HealScreen screen) =>
        (_workspace, _context, Incident, _screen) = (workspace, context, incident, screen);

    public string Incident { get; }

    /// <summary>Opens the incident of (remote, agent's path, base), or joins the one that is open with the head that was asked for. An older head than the one it looks at does not join: that a version from before the culprit is good, when production was rolled back to it, says nothing of the fix.</summary>
    /// <exception cref="IncidentMovedException">Another process takes the same incident further.</exception>
    public static async Task<HealSession> OpenAsync(Workspace workspace, string? baseRevision, int seed, Stage? until, HealScreen screen, CancellationToken cancellationToken)
    {
        await ThrowIfInTheWayAsync(workspace, cancellationToken);
        var blessed = workspace.ReadBaseline();
        var from = await BaseAsync(workspace, baseRevision ?? blessed?.Commit, cancellationToken);
        var context = await ContextAsync(workspace, from, blessed, seed, [], Proposes(until), screen, cancellationToken);
        var opened = await OpeningAsync(workspace, from, workspace.Head, seed, cancellationToken);
        var log = new IncidentLog(workspace.Database, workspace.Clock);
        var fingerprint = Fingerprint(opened);
        if (context.Review is { } place && !log.IsOpen(fingerprint) && await RefusedAsync(log, fingerprint, opened, place, screen, cancellationToken) is { } refused)
            return new HealSession(workspace, null, refused, screen);
        var (incident, made) = log.Open(fingerprint, opened);
        if (made) return new HealSession(workspace, context, incident, screen);
        var state = IncidentState.Fold(incident, log.Read(incident));
        if (await IsOlderAsync(workspace.Git, opened.Head.Id, state.Head.Id, cancellationToken))
        {
            screen.Say($"{Words.Short(opened.Head.Id)} is older than {Words.Short(state.Head.Id)}, which incident {incident} looks at: nothing is run, and the incident stays as it is. See kintsugi incident show {incident}");
            return new HealSession(workspace, null, incident, screen);
        }
        Join(log, state, opened, screen);
        return new HealSession(workspace, context.Without(state.Quarantined), incident, screen);
    }

    /// <summary>Asks the forge before a run is paid for. That tells a token that is refused; and a person may have closed the pull request of what this very version was found to be.</summary>
    /// <returns>The incident that was left alone for that; null where the version is to be looked at.</returns>
    /// <exception cref="ForgeException">The forge does not answer, so nothing could be proposed.</exception>
    private static async Task<string?> RefusedAsync(IncidentLog log, string fingerprint, Opened opened, ReviewPlace place, HealScreen screen, CancellationToken cancellationToken)
    {
        if (log.LastClosed(fingerprint, opened.HeadManifest) is not { Outcome: IncidentOutcome.LeftAlone, Diagnosed: not null } last)
        {
            await ForgeReview.AskAsync(place, opened.Agent, cancellationToken);
            return null;
        }
        if (await ProposalRunner.RefusedAsync(last, place, cancellationToken) is not { } refused) return null;
        screen.Say($"incident {last.Incident} was left alone, so nothing is run: {Text.Plain(refused.Reason)}");
        return last.Incident;
    }

    /// <summary>Whether a commit is in the history of another. One that this clone does not have, or that is on another branch, is not known to be older.</summary>
    public static async Task<bool> IsOlderAsync(GitRepository git, string commit, string than, CancellationToken cancellationToken) =>
        commit != than && await git.IsKnownAncestorAsync(commit, than, cancellationToken);

    /// <summary>Whether anything may be put before people; else nobody needs a token for it.</summary>
    public static bool Proposes(Stage? until) => until is null or Stage.Propose;

    /// <summary>What a look at a version begins with, in an incident that is open.</summary>
    public static async Task<Revisited> VisitAsync(Workspace workspace, string? targetBranch, CancellationToken cancellationToken) => new(
        View(workspace.Head), targetBranch, await workspace.ManifestAsync(workspace.Head, cancellationToken), (await workspace.SandboxAsync(cancellationToken)).Isolation.Description);

    /// <summary>What an incident of the blessed version begins with.</summary>
    /// <exception cref="UsageException">No version is blessed.</exception>
    public static async Task<Opened> OpeningAsync(Workspace workspace, Commit head, CancellationToken cancellationToken) =>
        await OpeningAsync(workspace, await BaseAsync(workspace, workspace.ReadBaseline()?.Commit, cancellationToken), head, workspace.Seed, cancellationToken);

    private static Task<Commit> BaseAsync(Workspace workspace, string? revision, CancellationToken cancellationToken) => workspace.Git.ResolveAsync(
        revision ?? throw new UsageException($"there is no blessed version ({Baseline.RelativePath} is missing). Run `kintsugi bless` on a good version, or name one with `kintsugi heal --base`."),
        cancellationToken);

    private static async Task<Opened> OpeningAsync(Workspace workspace, Commit from, Commit head, int seed, CancellationToken cancellationToken)
    {
        var git = workspace.Git;
        return new Opened(
            workspace.Agent.Name, git.Prefix, git.TopLevel, await workspace.RepositoryNameAsync(cancellationToken),
            View(from), View(head), await git.BranchOfAsync(workspace.Revision, head.Id, cancellationToken),
            await workspace.ManifestAsync(from, cancellationToken), await workspace.ManifestAsync(head, cancellationToken),
            (await workspace.SandboxAsync(cancellationToken)).Isolation.Description, seed);
    }

    /// <summary>Takes up an incident where its log ends.</summary>
    public static async Task<HealSession> ResumeAsync(Workspace workspace, IncidentState state, HealScreen screen, CancellationToken cancellationToken)
    {
        var from = await workspace.Git.ResolveAsync(state.Opened.Base.Id, cancellationToken);
        var context = await ContextAsync(workspace, from, workspace.ReadBaseline(), state.Opened.Seed, state.Quarantined, proposes: true, screen, cancellationToken);
        return new HealSession(workspace, context, state.Incident, screen);
    }

    public async Task<IncidentState> DriveAsync(Stage? until, CancellationToken cancellationToken)
    {
        var log = new IncidentLog(_workspace.Database, _workspace.Clock);
        if (_context is null) return IncidentState.Fold(Incident, log.Read(Incident));
        _workspace.OpenIncident(Incident);
        var steps = new IncidentSteps(new ProposalRunner(new LocalForge(_workspace.Git), _workspace.FailuresOf), _workspace.Advisor(), _workspace.Writer());
        var driver = new IncidentDriver(log, steps.DoAsync);
        await using var notices = _workspace.Notifier() is { } notifier ? new NoticesUnderWay(notifier, Incident, _screen, cancellationToken) : null;
        var state = await driver.DriveAsync(Incident, _context, until, notices ?? (IProgress<LoggedEvent>)_screen, cancellationToken);
        await NoteAsync(state, cancellationToken);
        return state;
    }

    /// <summary>Notes what was found of the version that the incident looks at.</summary>
    private async Task NoteAsync(IncidentState state, CancellationToken cancellationToken)
    {
        if (state.Looks is not [.., var look]) return;
        var head = await _workspace.Git.ResolveAsync(state.Head.Id, cancellationToken);
        var found = new FoundOfVersion(look.StartFailure is null ? Words.Snake(look.Verdict.Kind) : "not_started", look.Verdict.Candidate.Passed, look.Verdict.Candidate.Runs);
        await _workspace.NoteVersionAsync(head, SeenBy.Heal, found, [], state.Outcome is IncidentOutcome.Healthy ? null : Incident, cancellationToken);
    }

    /// <summary>Writes report.html and report.md.</summary>
    /// <returns>Path of the page.</returns>
    public async Task<string> WriteReportAsync(IncidentState state, CancellationToken cancellationToken) =>
        (await ReportFiles.WriteAsync(IncidentReports.From(state, _workspace.FailuresOf(state)), _workspace.ReportDirectory(Incident), cancellationToken)).Html;

    /// <summary>The document that `heal --json` prints.</summary>
    /// <param name="report">Path of the page.</param>
    public HealDocument Document(IncidentState state, string report) => HealDocument.From(state, report, _workspace.FailuresOf(state));

    /// <exception cref="UsageException">A branch has a name below which no branch can be made: known now, not when the fix is done.</exception>
    private static async Task ThrowIfInTheWayAsync(Workspace workspace, CancellationToken cancellationToken)
    {
        var branch = BranchNames.For(workspace.Agent.Name, new string('0', 12));
        for (var end = branch.LastIndexOf('/'); end > 0; end = branch.LastIndexOf('/', end - 1))
        {
            if (await workspace.Git.TryResolveAsync($"refs/heads/{branch[..end]}", cancellationToken) is not null)
                throw new UsageException($"the branch '{branch[..end]}' leaves no room for branches below it, where fixes are proposed. Rename it: git branch -m {ShellWord.Quote(branch[..end])} another-name");
        }
    }

    private static void Join(IncidentLog log, IncidentState state, Opened opened, HealScreen screen)
    {
        screen.Joined(state.Incident);
        if (state.Head.Id != opened.Head.Id)
            log.Append(state.Incident, state.Version + 1, new Revisited(opened.Head, opened.TargetBranch, opened.HeadManifest, opened.Isolation));
    }

    private static async Task<HealContext> ContextAsync(
        Workspace workspace, Commit from, Baseline? blessed, int seed, IReadOnlyList<string> quarantined, bool proposes, HealScreen screen, CancellationToken cancellationToken)
    {
        var files = await workspace.HoldAgainstAsync(from, cancellationToken);
        var dataset = await workspace.ReadDatasetAsync(cancellationToken);
        var scorers = await workspace.ScorersAsync(cancellationToken);
        DatasetFile.Check(dataset, scorers);
        Scorers.ThrowIfAllAdvise(scorers);
        return new HealContext(
            workspace.Agent, workspace.Git.Prefix, files, dataset, scorers, blessed, workspace.Git, workspace.Stand(scorers, screen), from, workspace.Head, seed, workspace.Clock, workspace.Cassette)
        {
            Policy = workspace.Policy,
            Review = proposes ? await workspace.ReviewAsync(cancellationToken) : null,
            Writers = Writers.Of(workspace.Agent, (await workspace.SandboxAsync(cancellationToken)).Isolation),
        }.Without(quarantined);
    }

    private static CommitView View(Commit commit) => new(commit.Id, commit.Author, commit.At, commit.Subject);

    /// <summary>What an incident is one of before its cause is known: repository, agent, baseline.</summary>
    public static string Fingerprint(Opened opened) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{opened.Remote}\n{opened.AgentPath}\n{opened.Base.Id}")))[..12];
}

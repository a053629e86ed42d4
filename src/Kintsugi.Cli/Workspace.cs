using Kintsugi.Cli.Output;
using Kintsugi.Evaluation;
using Kintsugi.Evaluation.Agents;
using Kintsugi.Evaluation.Agents.Building;
using Kintsugi.Evaluation.Datasets;
using Kintsugi.Evaluation.Judges;
using Kintsugi.Evaluation.Running;
using Kintsugi.Evaluation.Scorers;
using Kintsugi.Evaluation.Scorers.Judging;
using Kintsugi.Forge;
using Kintsugi.Healing.Incidents;
using Kintsugi.Healing.Incidents.Steps;
using Kintsugi.Healing.Notices;
using Kintsugi.Healing.Repair;
using Kintsugi.Healing.Review;
using Kintsugi.Healing.Triage;
using Kintsugi.Models;
using Kintsugi.Models.Budgets;
using Kintsugi.Models.Cassettes;
using Kintsugi.Models.Gateway;
using Kintsugi.Models.Providers;
using Kintsugi.Models.Providers.Simulated;
using Kintsugi.Models.Roles;
using Kintsugi.Models.Upstreams;
using Kintsugi.Sandbox;
using Kintsugi.Sandbox.Git;
using Kintsugi.Storage;
using Microsoft.Extensions.AI;

namespace Kintsugi.Cli;

/// <summary>One agent of one repository with everything that runs it; what every verb starts from.</summary>
internal sealed partial class Workspace : IAsyncDisposable
{
    /// <summary>Names a file with the simulated provider's weather, for tests and demonstrations.</summary>
    public const string WeatherFile = ".kintsugi/simulated.json";

    private const int MostDependencyLists = 20;

    /// <summary>For secrets in the files of other versions: those run with head's models and upstreams, so a variable that only they name need not be set. For all of them where nobody is asked.</summary>
    private const string NotUsed = "not-used";

    private readonly Scratch _scratch;
    private readonly TrustedVersion? _trusted;
    private readonly SandboxDefinition _sandboxDefinition;
    private readonly bool _allowUnsandboxed;
    private readonly BuildLayers _builds;
    private readonly Lock _asking = new();
    private Task<ISandbox>? _sandbox;
    private AgentEdge? _edge;
    private Cassette? _cassette;
    private SpendBook? _spent;
    private HttpClient? _http;
    private ModelGateway? _gateway;
    private UpstreamGateway? _upstreams;
    private IRemoteForge? _forge;
    private EvalRunner? _runner;

    private Workspace(
        string directory, GitRepository git, Scratch scratch, string revision, Commit head, AgentDefinition agent, PriceList prices, RepairPolicy policy, IEnumerable<string> tracked, bool allowUnsandboxed,
        CassetteMode cassetteMode, TrustedVersion? trusted)
    {
        CassetteMode = cassetteMode;
        _trusted = trusted;
        Directory = directory;
        Git = git;
        _scratch = scratch;
        Revision = revision;
        Head = head;
        Agent = agent;
        Prices = prices;
        Policy = policy;
        _sandboxDefinition = agent.Sandbox;
        _allowUnsandboxed = allowUnsandboxed;
        Layouts = new Layouts(git, scratch.Directory("versions"), head.Tree, new AgentFiles(trusted?.WithGold(agent) ?? agent, git.Prefix, tracked));
        _builds = new BuildLayers(
            git, new LayerCache(LayerCache.DefaultDirectory(Environment.GetEnvironmentVariable) ?? scratch.Directory("layers"), Clock),
            SandboxAsync, trusted is null ? Environment.GetEnvironmentVariable : _ => null, Clock)
        {
            Announce = run => Console.Error.WriteLine($"building  {Text.Plain(run, 200)} (kept for every version with equal build.inputs)"),
        };
    }

    /// <summary>The agent's directory in the user's work tree.</summary>
    public string Directory { get; }

    public GitRepository Git { get; }

    /// <summary>Whether recordings answer.</summary>
    public CassetteMode CassetteMode { get; }

    /// <summary>What <see cref="Head"/> was asked for as.</summary>
    public string Revision { get; }

    /// <summary>The version that was asked for.</summary>
    public Commit Head { get; }

    /// <summary>What kintsugi.yaml says at <see cref="Head"/>.</summary>
    public AgentDefinition Agent { get; }

    /// <summary>What models cost: the agent's own list before the built-in one.</summary>
    public PriceList Prices { get; }

    /// <summary>What the owner wants done about regressions.</summary>
    public RepairPolicy Policy { get; }

    public Layouts Layouts { get; private set; }

    /// <summary>The version by which a stranger's is judged; null for one of our own.</summary>
    public Commit? TrustedBase => _trusted?.Commit;

    /// <summary><see cref="Head"/>, to be put on the stand.</summary>
    public StandVersion HeadOnStand => new(Head.Id, Head.Tree, Foreign: _trusted is not null);

    /// <summary>Of the order of runs.</summary>
    public int Seed { get; init; } = 1;

    public TimeProvider Clock { get; } = TimeProvider.System;

    public string BaselineFile => Path.Combine(Directory, Baseline.RelativePath);

    public string ReportDirectory(string incident) => Path.Combine(Directory, ".kintsugi", "work", "reports", incident);

    public Database Database => field ??= OpenDatabase();

    /// <summary>The recordings that the stand's runs leave.</summary>
    public Cassette Cassette => _cassette ??= new Cassette(Database, Clock, CassetteMode, Redaction);

    /// <summary>Keeps the secrets of kintsugi.yaml, and whatever looks like a key, out of recordings.</summary>
    public Redaction Redaction => field ??= new Redaction(
        Agent.Models.Providers.Values.Select(p => p.Key ?? "").Concat(Agent.Upstreams.SelectMany(u => u.Secrets)).Concat([Agent.Review.Token ?? "", Agent.Review.Key ?? ""]).Where(s => s != NotUsed));

    /// <summary>Hash of all that makes up the agent in that version.</summary>
    public async Task<string> ManifestAsync(Commit commit, CancellationToken cancellationToken) => (await ComponentsAsync(commit, cancellationToken)).Manifest;

    /// <summary>Notes that a version of the agent was met, for `kintsugi versions`.</summary>
    /// <param name="found">Null where nothing was found of it.</param>
    public async Task NoteVersionAsync(Commit commit, SeenBy by, FoundOfVersion? found, IReadOnlyList<string> models, string? incident, CancellationToken cancellationToken) =>
        new VersionStore(Database, Clock).Note(
            Agent.Name, new MetVersion(commit.Id, commit.At, await ComponentsAsync(commit, cancellationToken), models, by) { Found = found, Incident = incident });

    /// <summary>What makes up the agent in that version.</summary>
    public async Task<ComponentHashes> ComponentsAsync(Commit commit, CancellationToken cancellationToken) => AgentVersions.Compute(
        [.. (await Git.ListAsync(commit.Tree, cancellationToken)).Select(f => (f.Path, f.Mode, f.Blob))], Git.Prefix, Agent);

    /// <summary>What kintsugi.yaml asks for in vain: keys that do nothing yet, globs that match no file of <see cref="Head"/>.</summary>
    public async Task<IReadOnlyList<string>> WarningsAsync(CancellationToken cancellationToken) =>
        [.. Agent.Warnings, .. Policy.Warnings, .. (await ComponentsAsync(Head, cancellationToken)).Warnings];

    /// <summary>Libraries among the agent's dependencies whose calls the gateway cannot answer, each with what to do.</summary>
    public async Task<IReadOnlyList<string>> WiresNotSpokenAsync(CancellationToken cancellationToken)
    {
        var below = Git.Prefix.Length == 0 ? "" : Git.Prefix + "/";
        var lists = (await Git.ListAsync(Head.Tree, cancellationToken))
            .Where(f => f.Path.StartsWith(below, StringComparison.Ordinal) && WiresNotSpoken.ListsDependencies(Path.GetFileName(f.Path)))
            .Take(MostDependencyLists);
        var remedies = new List<string>();
        foreach (var list in lists)
        {
            var text = System.Text.Encoding.UTF8.GetString((await Git.ReadBlobAsync(list.Blob, cancellationToken)).Span);
            remedies.AddRange(WiresNotSpoken.In(text).Select(found => $"{list.Path}: {found.Remedy}"));
        }
        return remedies;
    }

    public async Task<Dataset> ReadDatasetAsync(CancellationToken cancellationToken) =>
        (await DatasetFile.ReadAsync(await OpenDatasetAsync(cancellationToken), Agent.Repair.HeldOut, cancellationToken)).WithCritical(Agent.Gate.CriticalTag);

    /// <summary>The dataset's samples as their lines have them, nothing chosen.</summary>
    public async Task<IReadOnlyList<SampleDraft>> ReadDraftsAsync(CancellationToken cancellationToken)
    {
        List<SampleDraft> drafts = [];
        foreach (var (name, open) in await OpenDatasetAsync(cancellationToken))
        {
            await using var stream = open();
            await foreach (var line in JsonLines.ReadAsync(name, stream, SampleLine.Parse, cancellationToken)) drafts.Add(line.Draft());
        }
        if (drafts.GroupBy(d => d.Id).FirstOrDefault(g => g.Count() > 1) is { } twice) throw new BadFileException(Agent.Datasets[0], null, $"The id '{twice.Key}' stands twice at {Revision}. `kintsugi dataset check` says where.");
        return drafts;
    }

    private async Task<IReadOnlyList<(string Name, Func<Stream> Open)>> OpenDatasetAsync(CancellationToken cancellationToken)
    {
        var files = (await Git.ListAsync(Head.Tree, cancellationToken)).ToDictionary(f => f.Path);
        List<(string, Func<Stream>)> opened = [];
        foreach (var name in Agent.Datasets)
        {
            var path = AgentFiles.FromTop(Git.Prefix, name)
                ?? throw new BadFileException(AgentFile.FileName, null, $"the dataset '{name}' is outside the repository. Versions are commits: move it inside, and correct `dataset:`.");
            if (!files.TryGetValue(path, out var file))
            {
                throw new BadFileException(AgentFile.FileName, null, files.Keys.Any(f => f.StartsWith(path + "/", StringComparison.Ordinal))
                    ? $"the dataset '{name}' is a directory. Name the files in it: `dataset: [{name}/….jsonl]`."
                    : $"the dataset '{name}' is not in commit {Head.Id[..10]}. Commit it, or correct `dataset:`.");
            }
            ThrowIfNoFile(file);
            var content = await Git.ReadBlobAsync(file.Blob, cancellationToken);
            opened.Add((name, () => new MemoryStream(content.ToArray(), writable: false)));
        }
        return opened;
    }

    public async Task<IReadOnlyList<IScorer>> ScorersAsync(CancellationToken cancellationToken)
    {
        var version = await ScorersVersionAsync(cancellationToken);
        return Scorers.Create(Agent.Scorers, new ScorerContext(Path.Combine(version.Layers[0], version.AgentPath), RunScorerAsync)
        {
            Judges = new JudgeSource(Agent.Models, Ask, identity => JudgeRecord.Read(_trusted?.Kept ?? Directory, identity), Today),
        });
    }

    /// <summary>UTC.</summary>
    public DateOnly Today => DateOnly.FromDateTime(Clock.GetUtcNow().UtcDateTime);

    private IChatClient Ask(SampleCalls calls)
    {
        lock (_asking) _ = Runner(); // a calibration asks from several threads, and nothing was made before
        return RoleClient.Create(_gateway!, calls);
    }

    /// <summary>Says which file is what where this version is held against another: golden data, scorers and the policy file lie where either has them, so that what was moved is shown and put back at neither place.</summary>
    /// <remarks>From now on versions are laid out by it.</remarks>
    public async Task<AgentFiles> HoldAgainstAsync(Commit version, CancellationToken cancellationToken)
    {
        var (then, now) = (await Git.ListAsync(version.Tree, cancellationToken), await Git.ListAsync(Head.Tree, cancellationToken));
        var files = new AgentFiles(await WithGoldOfAsync(then, cancellationToken), Git.Prefix, [.. then.Concat(now).Select(f => f.Path).Distinct(StringComparer.Ordinal)]);
        Layouts = new Layouts(Git, _scratch.Directory("held-against"), Head.Tree, files);
        return files;
    }

    private async Task<AgentDefinition> WithGoldOfAsync(IReadOnlyList<TreeFile> version, CancellationToken cancellationToken)
    {
        var path = AgentFiles.FromTop(Git.Prefix, AgentFile.FileName);
        if (version.FirstOrDefault(f => f.Path == path) is not { } file) return Agent;
        try
        {
            var then = AgentFile.Load(AgentFile.Decode((await Git.ReadBlobAsync(file.Blob, cancellationToken)).Span, AgentFile.FileName), AgentFile.FileName, _ => NotUsed);
            return Agent with
            {
                Datasets = [.. Agent.Datasets.Union(then.Datasets, StringComparer.Ordinal)],
                Scorers = [.. Agent.Scorers, .. then.Scorers],
                Repair = Agent.Repair with { FormerPolicyFile = then.Repair.PolicyFile },
            };
        }
        catch (BadFileException)
        {
            return Agent; // a version whose settings cannot be read is not run either, and says so there
        }
    }

    /// <summary>The blessed baseline of the work tree, for a stranger's version that of the trusted one; or null.</summary>
    public Baseline? ReadBaseline()
    {
        var file = _trusted is null ? BaselineFile : Path.Combine(_trusted.Kept, Baseline.RelativePath);
        return File.Exists(file) ? Baseline.Parse(File.ReadAllText(file), Baseline.RelativePath) : null;
    }

    public AgentStand Stand(IReadOnlyList<IScorer> scorers, IProgress<EvalProgress>? progress) => new(
        Layouts, _builds, Runner(), SandboxAsync, Agent, scorers,
        text => AgentFile.Load(text, AgentFile.FileName, _ => NotUsed) is var own && _trusted is null ? own : StrangersVersion.Of(own, Agent), progress);

    /// <summary>What the failures of an incident say, where its runs are stored here.</summary>
    public FailureDigest? FailuresOf(IncidentState state) => FailureDigests.Of(state, new ResultStore(Database, Clock));

    /// <summary>Tells people of incidents; null where kintsugi.yaml asks for nobody.</summary>
    public Notifier? Notifier()
    {
        if (Agent.Notify is not { } notify) return null;
        List<INoticeSender> senders = [];
        if (notify.Slack is { } webhook) senders.Add(new SlackSender(_http ??= SlackSender.Client(), webhook));
        if (notify.Email is { } email) senders.Add(new EmailSender(email, Clock));
        return new Notifier(
            new IncidentLog(Database, Clock), new NoticeLedger(Database, Clock), senders, notify, words => Console.Error.WriteLine($"warning: {Text.Plain(words, 600)}"));
    }

    /// <summary>Has changes written by whoever is configured for it.</summary>
    public WriteRunner Writer()
    {
        _ = Runner();
        return new WriteRunner(_gateway!, _edge!, Redaction, _scratch.Directory("writing"), ConversationLimits.OfWriter);
    }

    /// <summary>Asks a language model what it makes of a proven cause.</summary>
    public AdviceRunner Advisor()
    {
        _ = Runner();
        return new AdviceRunner(_gateway!, new ResultStore(Database, Clock), Redaction, ConversationLimits.OfAdvisor);
    }

    /// <summary>Where fixes are put before people, when that is at a forge; null for branches of this repository.</summary>
    /// <exception cref="Verbs.UsageException">The forge's repository or token is not known.</exception>
    public async Task<ReviewPlace?> ReviewAsync(CancellationToken cancellationToken)
    {
        if (Agent.Review.To == "local") return null;
        _forge ??= Forges.Open(ForgeReview.Settings(Agent.Review, await Git.OriginAsync(cancellationToken) ?? "", Environment.GetEnvironmentVariable)!, Clock);
        return ForgeReview.Place(Agent.Review, _forge, Environment.GetEnvironmentVariable);
    }

    /// <summary>What the repository is called wherever it is cloned.</summary>
    public async Task<string> RepositoryNameAsync(CancellationToken cancellationToken) =>
        ForgeReview.Name(Agent.Review, await Git.OriginAsync(cancellationToken) ?? "", Environment.GetEnvironmentVariable) ?? await Git.FingerprintOfRemoteAsync(cancellationToken);

    /// <summary>What is spent from now on belongs to this incident, and counts with what earlier processes spent on it.</summary>
    public void OpenIncident(string incident)
    {
        _ = Runner();
        _gateway!.OpenIncident(incident);
    }

    public Task<ISandbox> SandboxAsync(CancellationToken cancellationToken) =>
        _sandbox ??= Sandboxes.OpenAsync(_sandboxDefinition.Tier, _allowUnsandboxed && _sandboxDefinition.AllowUnsandboxed, cancellationToken);

    public async ValueTask DisposeAsync()
    {
        _http?.Dispose();
        _forge?.Dispose();
        if (_edge is not null) await _edge.DisposeAsync();
        if (_gateway is not null) await _gateway.DisposeAsync();
        if (_upstreams is not null) await _upstreams.DisposeAsync();
        if (_cassette is not null) await _cassette.DisposeAsync();
        if (_spent is not null) await _spent.DisposeAsync();
        await Git.DisposeAsync();
        _scratch.Dispose();
    }

    private EvalRunner Runner()
    {
        if (_runner is not null) return _runner;
        var weather = Path.Combine(Directory, WeatherFile);
        var providers = ProviderCatalogue.Create(
            Agent.Models,
            provider => new SimulatedProvider(provider.Name, File.Exists(weather) ? SimulatedWeather.FromFile(weather) : SimulatedWeather.Calm, Clock),
            Clock);
        _spent = new SpendBook(Database, Clock);
        _gateway = new ModelGateway(Agent.Models, providers, Cassette, Clock, null, Prices, _spent);
        _upstreams = new UpstreamGateway(Agent.Upstreams, Cassette, Clock);
        _edge = new AgentEdge(_upstreams, Clock);
        return _runner = new EvalRunner(SandboxAsync, _edge, _gateway, new ResultStore(Database, Clock), Clock, Seed)
        {
            TellsContent = SpanExport.HasContent(Environment.GetEnvironmentVariable),
        };
    }

    /// <summary>The version whose files scorers read and run.</summary>
    private Task<LaidOutVersion> ScorersVersionAsync(CancellationToken cancellationToken) => _trusted is null
        ? Layouts.LayOutAsync(Head.Id, Head.Tree, foreign: false, cancellationToken)
        : _trusted.Layouts.LayOutAsync(_trusted.Commit.Id, _trusted.Commit.Tree, foreign: false, cancellationToken);

    private Database OpenDatabase() => Database.Open(Path.Combine(OwnDirectory.Make(Directory), "kintsugi.db"));

    private async Task<CommandOutcome> RunScorerAsync(string commandLine, ReadOnlyMemory<byte> input, CancellationToken cancellationToken)
    {
        var (version, _) = await _builds.BuildAsync(Agent, await ScorersVersionAsync(cancellationToken), cancellationToken);
        var trusted = _trusted?.Judges ?? await Layouts.TrustedAsync(Head.Id, cancellationToken);
        var sandbox = await SandboxAsync(cancellationToken);
        var result = await sandbox.RunAsync(
            new SandboxRequest
            {
                Command = ["/bin/sh", "-c", commandLine],
                Workspace = new Kintsugi.Sandbox.Workspace([.. version.Layers, trusted.Path], version.MountAt),
                WorkingDirectory = version.AgentPath,
                Environment = version.Variables,
                Limits = new SandboxLimits(Wall: TimeSpan.FromSeconds(60)),
            },
            input, cancellationToken);
        return new CommandOutcome(result.Exit.Code, result.Output, result.Exit.Limit ?? result.Error);
    }
}

using System.Collections.Concurrent;
using System.Text.Json;
using Kintsugi.Evaluation.Agents;
using Kintsugi.Evaluation.Datasets;
using Kintsugi.Evaluation.Running;
using Kintsugi.Evaluation.Scorers;
using Kintsugi.Models;
using Kintsugi.Models.Budgets;
using Kintsugi.Models.Gateway;
using Kintsugi.Models.Providers;
using Kintsugi.Models.Upstreams;
using Kintsugi.Sandbox;
using Kintsugi.Storage;
using Kintsugi.Tests.Models;
using Kintsugi.Tests.Sandbox;

namespace Kintsugi.Tests.Evaluation.Running;

/// <summary>An agent in Python that runs in the real sandbox, with a gateway to a stub of a model service.</summary>
internal sealed class RunningRig : IAsyncDisposable
{
    public const string CrmKey = "crm-secret-0123456789";

    /// <summary>What every agent here begins with.</summary>
    private const string Prelude = """
        import json, os, sys, time, urllib.request
        def questions():
            for line in sys.stdin:
                yield json.loads(line)
        def say(question, output):
            print(json.dumps({"id": question["id"], "epoch": question["epoch"], "output": output}), flush=True)
        def ask_model(text, **more):
            body = {"model": "stub-1", "messages": [{"role": "user", "content": text}], **more}
            request = urllib.request.Request(os.environ["OPENAI_BASE_URL"] + "/chat/completions", json.dumps(body).encode(), {"Content-Type": "application/json"})
            return json.load(urllib.request.urlopen(request))["choices"][0]["message"]
        def ask_crm(path):
            return json.load(urllib.request.urlopen(os.environ["CRM_URL"] + path))

        """;

    private readonly TestTree _tree = new();
    private readonly Scratch _scratch = Scratch.Create();
    private readonly UpstreamGateway _upstreams;
    private readonly AgentEdge _edge;

    private RunningRig(string agent, Uri? models, decimal? budgetUsd, Uri? crm)
    {
        UpstreamConfig[] upstreams = crm is null ? [] : [new("CRM_URL", crm, new Dictionary<string, string> { ["X-Key"] = CrmKey }, [CrmKey], ["GET"])];
        _upstreams = new UpstreamGateway(upstreams, null, TimeProvider.System, new UpstreamLimits { MaxAttempts = 1 });
        _edge = new AgentEdge(_upstreams, TimeProvider.System);
        _tree.With("agent.py", Prelude + agent);
        var url = models ?? new Uri("http://127.0.0.1:9/v1");
        var config = new ModelsConfig(
            new Dictionary<string, ProviderConfig> { ["stub"] = new("stub", "openai", url, null) },
            new Dictionary<string, IReadOnlyList<string>>(), new Dictionary<string, IReadOnlyDictionary<string, string>>(),
            budgetUsd is { } usd ? [new BudgetConfig("models.budget", usd, null, null, BudgetPeriod.Run)] : []);
        var providers = ProviderCatalogue.Create(config, _ => throw new InvalidOperationException("No simulated provider here."), TimeProvider.System);
        Gateway = new ModelGateway(config, providers, null, TimeProvider.System, new GatewayLimits { MaxAttempts = 1 }, PriceList.Parse(System.Text.Encoding.UTF8.GetBytes(GatewayRig.Prices)));
        Store = new ResultStore(Database.Open(Path.Combine(_scratch.Path, "kintsugi.db")), TimeProvider.System);
        Agent = new AgentDefinition
        {
            Name = "test",
            Protocol = AgentProtocol.Jsonl,
            Run = "exec python3 agent.py",
            Datasets = [],
            Scorers = [],
            Timeout = TimeSpan.FromSeconds(10),
            Upstreams = upstreams,
        };
    }

    public AgentDefinition Agent { get; set; }

    /// <summary>Whether the agent counts as a stranger's.</summary>
    public bool Foreign { get; set; }

    public bool TellsContent { get; set; }

    public ModelGateway Gateway { get; }

    public ResultStore Store { get; }

    /// <summary>Every process that was started.</summary>
    public ConcurrentBag<ISandboxProcess> Started { get; } = [];

    public static RunningRig Of(string agent, Uri? models = null, decimal? budgetUsd = null, Uri? crm = null) => new(agent, models, budgetUsd, crm);

    public RunningRig With(string file, string content)
    {
        _tree.With(file, content);
        return this;
    }

    public RunningRig With(Func<AgentDefinition, AgentDefinition> change)
    {
        Agent = change(Agent);
        return this;
    }

    /// <summary>Samples `s0`, `s1`, …, each with its number as input and target.</summary>
    public static IReadOnlyList<PlannedSample> Numbers(int count) =>
        [.. Enumerable.Range(0, count).Select(n => new PlannedSample(Case($"s{n}", n.ToString(System.Globalization.CultureInfo.InvariantCulture)), [1]))];

    public static Sample Case(string id, string json) => new(id, Json(json), Json(json), [], null, false, false, id);

    public static JsonElement Json(string json) => JsonDocument.Parse(json).RootElement;

    public Task<EvalRun> RunAsync(int samples) => RunAsync(Numbers(samples), TestContext.Current.CancellationToken);

    public Task<EvalRun> RunAsync(IReadOnlyList<PlannedSample> plan, CancellationToken cancellationToken, EvalCourse? course = null) => RunAsync(
        plan, Kintsugi.Evaluation.Scorers.Scorers.Create([new ScorerDefinition("exact", Json("""{"path":"$"}"""))], Context()), cancellationToken, course);

    public async Task<EvalRun> RunAsync(IReadOnlyList<PlannedSample> plan, IReadOnlyList<IScorer> scorers, CancellationToken cancellationToken, EvalCourse? course = null)
    {
        var runner = new EvalRunner(
            async token => new WatchedSandbox(await Sandboxes.OpenAsync("B", allowUnsandboxed: false, token), Started),
            _edge, Gateway, Store, TimeProvider.System, seed: 1)
        {
            TellsContent = TellsContent,
        };
        var version = new LaidOutVersion("c0ffee", "7ee", [new LayerDirectory(_tree.Path)], SandboxFixture.MountAt, "", Foreign);
        return await runner.RunAsync(new EvalRequest(Agent, version, plan, Recall.Fresh, "test") { Course = course ?? EvalCourse.None }, scorers, null, cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        await _edge.DisposeAsync();
        await Gateway.DisposeAsync();
        await _upstreams.DisposeAsync();
        Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();
        _scratch.Dispose();
        _tree.Dispose();
    }

    private ScorerContext Context() => new(_tree.Path, (_, _, _) => throw new InvalidOperationException("No program judges here."));

    private sealed class WatchedSandbox(ISandbox inner, ConcurrentBag<ISandboxProcess> started) : ISandbox
    {
        public Isolation Isolation => inner.Isolation;

        public async Task<ISandboxProcess> StartAsync(SandboxRequest request, CancellationToken cancellationToken)
        {
            var process = await inner.StartAsync(request, cancellationToken);
            started.Add(process);
            return process;
        }
    }
}

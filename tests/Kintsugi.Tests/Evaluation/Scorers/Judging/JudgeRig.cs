using System.Text.Json;
using Kintsugi.Evaluation.Agents;
using Kintsugi.Evaluation.Datasets;
using Kintsugi.Evaluation.Judges;
using Kintsugi.Evaluation.Scorers;
using Kintsugi.Evaluation.Scorers.Judging;
using Kintsugi.Models;
using Kintsugi.Models.Roles;
using Kintsugi.Models.Routing;
using Kintsugi.Tests.Models;
using Kintsugi.Tracing;
using Microsoft.AspNetCore.Http;
using AllScorers = Kintsugi.Evaluation.Scorers.Scorers;

namespace Kintsugi.Tests.Evaluation.Scorers.Judging;

/// <summary>A judge that asks a scripted service over the real wire: OpenAI's SDK, the gateway, HTTP.</summary>
internal sealed class JudgeRig : IAsyncDisposable
{
    public static readonly DateOnly Today = new(2026, 11, 28);

    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("kintsugi-judge-");
    private readonly GatewayRig _gateway;
    private readonly ModelsConfig _models;
    private readonly ScorerDefinition _definition;
    private readonly List<SampleCalls> _calls = [];

    private JudgeRig(string settings, string rubric, Func<ModelsConfig, ModelsConfig> change, IReadOnlyList<StubService> services)
    {
        File.WriteAllText(Path.Combine(_directory.FullName, "rubric.md"), rubric);
        _definition = new ScorerDefinition("judge", Json(settings));
        ModelsConfig? models = null;
        _gateway = GatewayRig.Of(
            config => models = change(JudgeSettings.WithPanels(config with { Roles = new Dictionary<string, IReadOnlyList<string>>(config.Roles) { [Role.Judge] = ["p0/stub-1"] } }, [_definition])),
            [.. services.Select(s => s.Url)]);
        _models = models!;
    }

    public GatewayRig Gateway => _gateway;

    public string Rubric => Path.Combine(_directory.FullName, "rubric.md");

    public IReadOnlyList<SampleCalls> Calls => _calls;

    public static JudgeRig Of(StubService service, string settings = """{"rubric":"rubric.md"}""", string rubric = "Is it polite?") => new(settings, rubric, c => c, [service]);

    public static JudgeRig Of(string settings, Func<ModelsConfig, ModelsConfig> change, params StubService[] services) => new(settings, "Is it polite?", change, services);

    /// <summary>The judge with what is known of it.</summary>
    public JudgeScorer Judge(Func<string, JudgeRecord>? record = null, Kintsugi.Models.Gateway.ModelGateway? gateway = null) => Assert.IsType<JudgeScorer>(AllScorers.Create([_definition], Context(record, gateway))[0]);

    public ScorerContext Context(Func<string, JudgeRecord>? record = null, Kintsugi.Models.Gateway.ModelGateway? gateway = null) =>
        new(_directory.FullName, (_, _, _) => throw new InvalidOperationException("No program judges here."))
        {
            Judges = new JudgeSource(
                _models,
                calls =>
                {
                    lock (_calls) _calls.Add(calls);
                    return RoleClient.Create(gateway ?? _gateway.Gateway, calls);
                },
                record ?? (_ => JudgeRecord.None), Today),
        };

    public static Task<Score> ScoreAsync(JudgeScorer judge, string output = "\"yes, please\"", Recall recall = default, params string[] tags) =>
        judge.ScoreAsync(AnswerOf(output, tags) with { Calls = new ScorerCalls("s1", 0, recall) }, TestContext.Current.CancellationToken).AsTask();

    public static Answer AnswerOf(string output, params string[] tags) =>
        new(new Sample("s1", Json("""{"ask":"may I?"}"""), Json("\"of course\""), tags, null, false, false, "h"), 0, Json(output), Trajectory.Empty);

    /// <summary>A service that gives this verdict.</summary>
    public static RequestDelegate Scores(double score, string reason = "because") =>
        Says(JsonSerializer.Serialize(new { reason, score }));

    public static RequestDelegate Prefers(string better) => Says($$"""{"reason":"because","better":"{{better}}"}""");

    public static RequestDelegate Says(string text) => StubService.Says(JsonEncodedText.Encode(text).ToString());

    /// <summary>A service that decides by what stands in a part of the question.</summary>
    public static RequestDelegate Decides(Func<string, string> verdict) => context => Says(verdict(UserMessage((string)context.Items[StubService.BodyItem]!)))(context);

    public static string SystemMessage(string request) => Message(request, 0);

    public static string UserMessage(string request) => Message(request, 1);

    /// <summary>The one line of a part.</summary>
    public static string Part(string message, string name)
    {
        var lines = message.Split('\n');
        return lines[Array.FindIndex(lines, l => l.StartsWith($"BEGIN {name} ", StringComparison.Ordinal)) + 1];
    }

    /// <summary>A record with which the judge may gate, unless something is changed.</summary>
    public static JudgeRecord Good(string judge, IReadOnlyList<string> models, Func<JudgeCard, JudgeCard>? card = null, JudgeRerun? rerun = null, bool pairwise = false)
    {
        List<JudgedItem> items = [.. Enumerable.Range(0, 60).Select(n => new JudgedItem($"i{n}", "h", n % 2 == 0, [.. models.Select(_ => n % 2 == 0 ? "yy" : "nn")], []))];
        var made = JudgeCalibration.Calibrate(judge, "m", Today, [.. items.Select(i => new LabelledJudgement(
            i.Id, i.Passed, [.. i.Given[0].Select(JudgedItem.VoteOf)], pairwise ? [JudgedItem.VoteOf(i.Given[0][0])] : [], ["all"]))]);
        return new JudgeRecord(card?.Invoke(made) ?? made, new JudgedItems(JudgedItems.CurrentSchema, judge, models, items, 0, rerun));
    }

    public static JsonElement Json(string json) => JsonDocument.Parse(json).RootElement;

    public async ValueTask DisposeAsync()
    {
        await _gateway.DisposeAsync();
        _directory.Delete(recursive: true);
    }

    private static string Message(string request, int index) => JsonDocument.Parse(request).RootElement.GetProperty("messages")[index].GetProperty("content") is { ValueKind: JsonValueKind.String } text
        ? text.GetString()!
        : JsonDocument.Parse(request).RootElement.GetProperty("messages")[index].GetProperty("content")[0].GetProperty("text").GetString()!;
}

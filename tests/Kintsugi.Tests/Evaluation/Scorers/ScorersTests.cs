using System.Text;
using System.Text.Json;
using Kintsugi.Evaluation;
using Kintsugi.Evaluation.Agents;
using Kintsugi.Evaluation.Datasets;
using Kintsugi.Evaluation.Scorers;
using Kintsugi.Tracing;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.AI.Evaluation;
using AllScorers = Kintsugi.Evaluation.Scorers.Scorers;

namespace Kintsugi.Tests.Evaluation.Scorers;

public sealed class ScorersTests : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("kintsugi-scorers-");

    public void Dispose() => _directory.Delete(recursive: true);

    private static JsonElement Json(string text) => JsonElement.Parse(text);

    private IScorer Scorer(string kind, string settings, CommandOutcome? outcome = null) => AllScorers.Create(
        [new ScorerDefinition(kind, Json(settings))],
        new ScorerContext(_directory.FullName, (_, _, _) => Task.FromResult(outcome ?? new CommandOutcome(0, "", ""))))[0];

    private static Answer Answer(string target, string output, params ToolCall[] calls) => new(
        new Sample("s", Json("{}"), Json(target), [], null, false, false, ""), 0, Json(output), new Trajectory(calls, "", []));

    private async Task<Score> Judge(string kind, string settings, string target, string output) =>
        await Scorer(kind, settings).ScoreAsync(Answer(target, output), TestContext.Current.CancellationToken);

    [Theory]
    [InlineData("exact", """{"path":"$.tier"}""", """{"tier":"A"}""", """{"tier":"A"}""", true, "$.tier is \"A\".")]
    [InlineData("exact", """{"path":"$.tier"}""", """{"tier":"A"}""", """{"tier":"a"}""", false, "$.tier is \"a\"; expected \"A\".")]
    [InlineData("exact", """{"path":"$.tier","ignore_case":true}""", """{"tier":"A"}""", """{"tier":"a"}""", true, "$.tier is \"a\".")]
    [InlineData("exact", """{"path":"$.tier"}""", """{"tier":"A"}""", """{}""", false, "$.tier is missing from the answer; expected \"A\".")]
    [InlineData("exact", """{}""", """{"a":1,"b":[1.0,2]}""", """{"b":[1,2e0],"a":1.00}""", true, "$ is {\"b\":[1,2e0],\"a\":1.00}.")]
    [InlineData("exact", """{}""", """[1,2]""", """[2,1]""", false, "$ is [2,1]; expected [1,2].")]
    [InlineData("exact", """{}""", "9007199254740993", "9007199254740992", false, "$ is 9007199254740992; expected 9007199254740993.")]
    [InlineData("number", """{"path":"$.n","within":5}""", """{"n":70}""", """{"n":75}""", true, "$.n is 75, within 5 of 70.")]
    [InlineData("number", """{"path":"$.n","within":5}""", """{"n":70}""", """{"n":75.1}""", false, "$.n is 75.1; expected 70 within 5.")]
    [InlineData("number", """{"path":"$.n","within":0.1}""", """{"n":0.2}""", """{"n":0.3}""", true, "$.n is 0.3, within 0.1 of 0.2.")]
    [InlineData("number", """{"path":"$.n","within_percent":10}""", """{"n":-200}""", """{"n":-180}""", true, "$.n is -180, within 10 % of -200.")]
    [InlineData("number", """{"path":"$.n","within":5}""", """{"n":70}""", """{"n":"70"}""", false, "$.n is \"70\", not a number; expected 70.")]
    [InlineData("number", """{"path":"$.n","within":5}""", """{"n":70}""", """{"n":1e999}""", false, "$.n is 1e999, not a number; expected 70.")]
    [InlineData("contains", """{"path":"$.t"}""", """{"t":"gold"}""", """{"t":"all gold here"}""", true, "$.t holds 'gold'.")]
    [InlineData("contains", """{"path":"$.t","text":"GOLD"}""", "{}", """{"t":"gold"}""", false, "$.t is \"gold\"; it should hold 'GOLD'.")]
    [InlineData("contains", """{"path":"$.t","text":"GOLD","ignore_case":true}""", "{}", """{"t":"gold"}""", true, "$.t holds 'GOLD'.")]
    [InlineData("regex", """{"path":"$.t","pattern":"^[0-9]+$"}""", "{}", """{"t":"123"}""", true, "$.t matches.")]
    [InlineData("regex", """{"path":"$.t","pattern":"^(a+)+$"}""", "{}", """{"t":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab"}""", false, "$.t is \"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab\"; it should match '^(a+)+$'.")]
    [InlineData("json_path", """{"path":"$..n","equals":2}""", "{}", """{"a":[{"n":1},{"n":2.0}]}""", true, "$..n is 2.")]
    [InlineData("json_path", """{"path":"$.a[-1]","equals":null}""", "{}", """{"a":[1,null]}""", true, "$.a[-1] is null.")]
    [InlineData("json_path", """{"path":"$.error","exists":false}""", "{}", """{"error":1}""", false, "$.error is there; it should not be.")]
    [InlineData("json_path", """{"path":"$['a b']['c']","exists":true}""", "{}", """{"a b":{}}""", false, "$['a b']['c'] is missing from the answer; it should be there.")]
    public async Task A_scorer_judges_and_says_why(string kind, string settings, string target, string output, bool passed, string reason)
    {
        var score = await Judge(kind, settings, target, output);

        Assert.Equal((passed, passed ? 1 : 0, reason), (score.Passed, score.Value, score.Reason));
    }

    [Fact]
    public async Task Half_a_surrogate_pair_in_an_answer_is_a_wrong_answer()
    {
        var score = await Judge("exact", """{"path":"$.t","ignore_case":true}""", """{"t":"x"}""", """{"t":"\ud800"}""");

        Assert.False(score.Passed);
    }

    [Theory]
    [InlineData("""{"n":5}""", true)]
    [InlineData("""{"n":"5"}""", false)]
    [InlineData("""{}""", false)]
    [InlineData("""7""", false)]
    public async Task A_schema_judges_the_shape(string output, bool passed)
    {
        File.WriteAllText(Path.Combine(_directory.FullName, "s.json"), """{"type":"object","required":["n"],"properties":{"n":{"$ref":"#/definitions/n"}},"definitions":{"n":{"type":"integer"}}}""");

        Assert.Equal(passed, (await Judge("json_schema", """{"schema":"s.json"}""", "{}", output)).Passed);
    }

    [Theory]
    [InlineData("""{"$ref":"http://127.0.0.1:1/x.json"}""")]
    [InlineData("""{"$ref":"/etc/hostname"}""")]
    [InlineData("""{"$ref":"other.json#/a"}""")]
    [InlineData("""{"type":""")]
    [InlineData("""[]""")]
    public void A_schema_that_leads_elsewhere_or_is_none_is_refused(string schema)
    {
        File.WriteAllText(Path.Combine(_directory.FullName, "s.json"), schema);

        Assert.StartsWith("s.json: The file is no JSON Schema", Assert.Throws<BadFileException>(() => Scorer("json_schema", """{"schema":"s.json"}""")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_schema_that_is_missing_or_behind_a_link_is_refused()
    {
        File.CreateSymbolicLink(Path.Combine(_directory.FullName, "link.json"), "/etc/hostname");

        Assert.Throws<BadFileException>(() => Scorer("json_schema", """{"schema":"missing.json"}"""));
        Assert.Contains("symbolic link", Assert.Throws<BadFileException>(() => Scorer("json_schema", """{"schema":"link.json"}""")).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"expect":["look","check"]}""", true)]
    [InlineData("""{"expect":["check","look"]}""", false)]
    [InlineData("""{"expect":["look"]}""", false)]
    [InlineData("""{"expect":["check","look"],"order":"any"}""", true)]
    [InlineData("""{"expect":["check"],"order":"subset"}""", true)]
    [InlineData("""{"expect":["check","check"],"order":"subset"}""", false)]
    [InlineData("""{"expect":[],"order":"subset"}""", true)]
    [InlineData("""{"expect":[{"name":"look","arguments":{"id":1,"deep":{"a":1,"b":2}}},"check"]}""", true)]
    [InlineData("""{"expect":[{"name":"look","arguments":{"id":1}},"check"]}""", false)]
    [InlineData("""{"expect":[{"name":"look","arguments":{"deep":{"b":2}}},"check"],"arguments":"subset"}""", true)]
    [InlineData("""{"expect":[{"name":"look","arguments":{"deep":{"b":3}}},"check"],"arguments":"subset"}""", false)]
    [InlineData("""{"expect":"$.tools"}""", true)]
    public async Task Tool_calls_are_held_against_the_expected_ones(string settings, bool passed)
    {
        var answer = Answer(
            """{"tools":["look",{"name":"check"}]}""", "{}",
            new ToolCall("look", Json("""{"id":1,"deep":{"a":1,"b":2}}"""), null), new ToolCall("check", Json("{}"), null));

        Assert.Equal(passed, (await Scorer("tool_calls", settings).ScoreAsync(answer, TestContext.Current.CancellationToken)).Passed);
    }

    [Fact]
    public async Task An_expected_call_that_many_fit_gives_way_to_one_that_few_fit()
    {
        var answer = Answer("{}", "{}", new ToolCall("look", Json("""{"id":1}"""), null), new ToolCall("look", Json("""{"id":2}"""), null));

        var score = await Scorer("tool_calls", """{"expect":["look",{"name":"look","arguments":{"id":1}}],"order":"any"}""").ScoreAsync(answer, TestContext.Current.CancellationToken);

        Assert.True(score.Passed, score.Reason);
    }

    [Theory]
    [InlineData("""{"score":0.7,"reason":"well"}""", 0.7, true)]
    [InlineData("""{"score":0.69}""", 0.69, false)]
    public async Task A_program_judges(string output, double value, bool passed)
    {
        var score = await Scorer("command", """{"run":"judge","pass":0.7}""", new CommandOutcome(0, output, "")).ScoreAsync(Answer("{}", "{}"), TestContext.Current.CancellationToken);

        Assert.Equal((value, passed), (score.Value, score.Passed));
    }

    [Theory]
    [InlineData(1, """{"score":1}""")]
    [InlineData(0, "")]
    [InlineData(0, "fine!")]
    [InlineData(0, """{"score":1.5}""")]
    [InlineData(0, """{"score":"1"}""")]
    [InlineData(0, "[]")]
    public async Task A_program_that_breaks_says_nothing_about_the_answer(int exitCode, string output) =>
        await Assert.ThrowsAsync<ScorerException>(async () => await Scorer("command", """{"run":"judge"}""", new CommandOutcome(exitCode, output, "oops"))
            .ScoreAsync(Answer("{}", "{}"), TestContext.Current.CancellationToken));

    [Fact]
    public async Task A_program_is_told_input_target_output_and_trajectory()
    {
        var asked = "";
        var scorer = AllScorers.Create([new ScorerDefinition("command", Json("""{"run":"judge"}"""))], new ScorerContext("", (_, stdin, _) =>
        {
            asked = Encoding.UTF8.GetString(stdin.Span);
            return Task.FromResult(new CommandOutcome(0, """{"score":1}""", ""));
        }))[0];

        await scorer.ScoreAsync(Answer("""{"t":1}""", """{"o":2}""", new ToolCall("look", Json("{}"), "r")), TestContext.Current.CancellationToken);

        Assert.Equal("""{"id":"s","epoch":0,"input":{},"target":{"t":1},"output":{"o":2},"trajectory":{"steps":[{"kind":"tool","name":"look","arguments":{},"result":"r"}],"standard_error":"","notes":[]}}""", asked);
    }

    [Theory]
    [InlineData(null, "\"word word\"", true)]
    [InlineData(3, "\"word word\"", false)]
    public async Task Any_evaluator_of_the_ecosystem_judges(int? pass, string output, bool passed)
    {
        var settings = JsonSerializer.Serialize(new Dictionary<string, object?> { ["type"] = typeof(WordCount).AssemblyQualifiedName, ["pass"] = pass }.Where(p => p.Value is not null).ToDictionary());

        var score = await Judge("evaluator", settings, "{}", output);

        Assert.Equal((passed, "Words is 2. Counted."), (score.Passed, score.Reason));
    }

    [Fact]
    public async Task An_evaluator_that_fails_says_nothing_about_the_answer() =>
        await Assert.ThrowsAsync<ScorerException>(() => Judge("evaluator", JsonSerializer.Serialize(new { type = typeof(Broken).AssemblyQualifiedName }), "{}", "{}"));

    [Theory]
    [InlineData("""{"type":"No.Such, Nowhere"}""")]
    [InlineData("""{"type":"System.String, System.Private.CoreLib"}""")]
    [InlineData("""{"type":"A.B, C","assembly":"missing.dll"}""")]
    public void An_evaluator_that_cannot_be_made_is_refused(string settings) => Assert.Throws<BadFileException>(() => Scorer("evaluator", settings));

    [Theory]
    [InlineData("exact", """{"path":"$.t"}""", "null", "has no 'target', which the scorer 'exact $.t' needs.")]
    [InlineData("exact", """{"path":"$.t"}""", "{}", "has no $.t in its 'target', which the scorer 'exact $.t' needs.")]
    [InlineData("number", """{"path":"$.t","within":1}""", """{"t":"5"}""", "has at $.t of its 'target' no number")]
    [InlineData("contains", """{"path":"$.t"}""", """{"t":5}""", "has at $.t of its 'target' no text")]
    [InlineData("tool_calls", """{"expect":"$.t"}""", """{"t":[{"nam":"x"}]}""", "has at $.t of its 'target' no list of tool calls")]
    public async Task A_sample_that_lacks_what_a_scorer_needs_is_refused_with_its_line(string kind, string settings, string target, string problem)
    {
        var bytes = Encoding.UTF8.GetBytes($$"""{"id":"a","input":1,"target":{{target}}}""");
        var dataset = await DatasetFile.ReadAsync([("g.jsonl", () => new MemoryStream(bytes))], 0.3, TestContext.Current.CancellationToken);

        var refused = Assert.Throws<BadFileException>(() => DatasetFile.Check(dataset, [Scorer(kind, settings)]));

        Assert.StartsWith("g.jsonl(1): Sample 'a' " + problem, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_hash_of_a_scorer_knows_kind_and_settings()
    {
        Assert.Equal(Scorer("number", """{"path":"$.a","within":5}""").Hash, Scorer("number", """{"within":5.0,"path":"$.a"}""").Hash);
        Assert.NotEqual(Scorer("number", """{"path":"$.a","within":5}""").Hash, Scorer("number", """{"path":"$.a","within":6}""").Hash);
        Assert.NotEqual(Scorer("exact", """{"path":"$.a"}""").Hash, Scorer("json_path", """{"path":"$.a"}""").Hash);
    }

    [Fact]
    public void A_sample_passes_when_every_scorer_passed_it()
    {
        var pass = new Score("a", 1, true, "");

        Assert.True(AllScorers.Passed([pass, pass]));
        Assert.False(AllScorers.Passed([pass, pass with { Passed = false }]));
        Assert.False(AllScorers.Passed([]));
    }

    public sealed class WordCount : IEvaluator
    {
        public IReadOnlyCollection<string> EvaluationMetricNames => ["Words"];

        public ValueTask<EvaluationResult> EvaluateAsync(
            IEnumerable<ChatMessage> messages, ChatResponse modelResponse, ChatConfiguration? chatConfiguration = null,
            IEnumerable<EvaluationContext>? additionalContext = null, CancellationToken cancellationToken = default)
        {
            var metric = new NumericMetric("Words", modelResponse.Text.Split(' ').Length, "Counted.") { Interpretation = new(EvaluationRating.Good) };
            return ValueTask.FromResult(new EvaluationResult(metric));
        }
    }

    public sealed class Broken : IEvaluator
    {
        public IReadOnlyCollection<string> EvaluationMetricNames => ["Broken"];

        public ValueTask<EvaluationResult> EvaluateAsync(
            IEnumerable<ChatMessage> messages, ChatResponse modelResponse, ChatConfiguration? chatConfiguration = null,
            IEnumerable<EvaluationContext>? additionalContext = null, CancellationToken cancellationToken = default) =>
            throw new NotSupportedException("needs a model");
    }
}

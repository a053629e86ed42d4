using CsCheck;
using Kintsugi.Evaluation;
using Kintsugi.Evaluation.Agents;
using Kintsugi.Models;

namespace Kintsugi.Tests.Evaluation.Agents;

public class AgentFileTests
{
    private const string Least = """
        agent: { name: a, run: python3 agent.py }
        dataset: golden/leads.jsonl
        scorers:
          - exact: { path: $.tier }
        """;

    private static AgentDefinition Load(string text) =>
        AgentFile.Load(text, AgentFile.FileName, name => name.EndsWith("_KEY", StringComparison.Ordinal) ? "s3cret-" + name : null);

    [Fact]
    public void The_least_file_has_the_documented_defaults()
    {
        var agent = Load(Least);

        Assert.Equal("a", agent.Name);
        Assert.Equal(AgentProtocol.Jsonl, agent.Protocol);
        Assert.Equal("python3 agent.py", agent.Run);
        Assert.Equal(2, agent.Processes);
        Assert.Equal(TimeSpan.FromSeconds(60), agent.Timeout);
        Assert.Equal(["golden/leads.jsonl"], agent.Datasets);
        Assert.Equal("exact", Assert.Single(agent.Scorers).Kind);
        Assert.Equal(new GateDefinition(), agent.Gate);
        Assert.Equal("simulated", Assert.Single(agent.Models.Providers).Key);
        Assert.Equal("local", agent.Review.To);
        Assert.Empty(agent.Warnings);
    }

    [Fact]
    public void Everything_in_the_documented_example_is_read()
    {
        var agent = Load(AgentFileExamples.Documented);

        Assert.Equal(["prompts/**"], agent.Components[0].Globs);
        Assert.Equal([Component.Prompt, Component.Tool, Component.Schema, Component.Data, Component.Model, Component.Dependency], agent.Components.Select(c => c.Component));
        Assert.Equal(["tests/**", "docs/rules.md"], agent.Spec);
        Assert.Equal(5, agent.Scorers[1].Settings.GetProperty("within").GetInt32());
        Assert.Equal(0.95, agent.Gate.Floor);
        Assert.Equal(new ProviderNamed("n1n", "openai", "s3cret-N1N_API_KEY"), ProviderNamed.Of(agent, "n1n"));
        Assert.Equal(["n1n/claude-3-5-sonnet", "anthropic/claude-3-5-sonnet"], agent.Models.Roles["triage"]);
        Assert.Equal([new BudgetConfig("models.budget", 5.00m, null, null, BudgetPeriod.Incident)], agent.Models.Budgets);
        Assert.Equal(["migrations/**"], agent.Repair.NeverRestore);
        Assert.Equal("anthropic", agent.Models.Providers["anthropic"].Kind);
    }

    [Theory]
    [InlineData("", false)]
    [InlineData("\nmodels: { share_equal_calls: false }", false)]
    [InlineData("\nmodels: { share_equal_calls: true }", true)]
    public void Equal_calls_are_shared_only_when_it_is_asked_for(string models, bool shared) => Assert.Equal(shared, Load(Least + models).Models.ShareEqualCalls);

    [Fact]
    public void Providers_of_one_route_share_a_samples_time_unless_they_say_otherwise()
    {
        var models = Load("""
            agent: { name: a, run: x, timeout: 60s }
            dataset: d.jsonl
            scorers: [exact: { path: $ }]
            models:
              providers:
                a: { kind: openai, url: https://a }
                b: { kind: openai, url: https://b, limits: { timeout: 100s } }
                c: { kind: openai, url: https://c }
              roles: { agent: [a, b] }
            """).Models;

        Assert.Equal([30, 100, 120], new[] { "a", "b", "c" }.Select(p => models.Providers[p].Limits.Timeout.TotalSeconds));
    }

    [Fact]
    public void Limits_budgets_and_prices_are_read()
    {
        var models = Load(Least + """

            models:
              providers:
                a: { kind: openai, url: https://a, limits: { requests_per_minute: 500, tokens_per_minute: 200000, concurrency: 16, timeout: 90s } }
                b: { kind: openai, url: https://b }
              roles: { agent: [a] }
              budget: [{ usd: 0.1, per: day }, { tokens: 2000000, calls: 5000 }]
              prices: prices.json
            """).Models;

        Assert.Equal(new ProviderLimits(500, 200_000) { Concurrency = 16, Timeout = TimeSpan.FromSeconds(90) }, models.Providers["a"].Limits);
        Assert.Equal(new ProviderLimits { Concurrency = 64, Timeout = TimeSpan.FromSeconds(120) }, models.Providers["b"].Limits);
        Assert.Equal(
            [new BudgetConfig("models.budget[0]", 0.1m, null, null, BudgetPeriod.Day), new BudgetConfig("models.budget[1]", null, 2_000_000, 5_000, BudgetPeriod.Incident)],
            models.Budgets);
        Assert.Equal("prices.json", models.PricesFile);
    }

    [Fact]
    public void An_upstream_is_read_with_its_secrets_and_lets_GET_through_unless_told_more()
    {
        var agent = Load(Least + "\nupstreams: { CRM_URL: { url: https://crm.example.com/v2, headers: { authorization: 'Bearer ${CRM_KEY}', Accept: text/plain } }, MAIL: { url: http://m, methods: [GET, POST] } }");

        var (crm, mail) = (agent.Upstreams[0], agent.Upstreams[1]);
        Assert.Equal(("CRM_URL", "https://crm.example.com/v2"), (crm.Name, crm.Url.AbsoluteUri));
        Assert.Equal(("Bearer s3cret-CRM_KEY", "text/plain"), (crm.Headers["Authorization"], crm.Headers["Accept"]));
        Assert.Equal(["s3cret-CRM_KEY"], crm.Secrets);
        Assert.Equal([["GET"], ["GET", "POST"]], new[] { crm.Methods, mail.Methods });
        Assert.Empty(agent.Warnings);
    }

    [Fact]
    public void A_key_of_an_upstream_that_stands_in_the_file_is_warned_of_without_showing_it()
    {
        var agent = Load(Least + "\nupstreams: { CRM_URL: { url: https://x, headers: { X-Api-Key: sk-open } } }");

        var warning = Assert.Single(agent.Warnings);
        Assert.StartsWith("kintsugi.yaml(5): 'upstreams.CRM_URL.headers.X-Api-Key' stands in the file", warning, StringComparison.Ordinal);
        Assert.DoesNotContain("sk-open", warning, StringComparison.Ordinal);
    }

    [Fact]
    public void A_header_that_cannot_be_sent_is_refused_without_showing_it()
    {
        var refused = Assert.Throws<BadFileException>(() => AgentFile.Load(
            Least + "\nupstreams: { CRM_URL: { url: https://x, headers: { X-Key: '${CRM_KEY}' } } }", AgentFile.FileName, _ => "s3cret\r\nX-Other: 1"));

        Assert.StartsWith("kintsugi.yaml(5): 'upstreams.CRM_URL.headers.X-Key' is longer than 8192 characters, or holds a line break", refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("s3cret", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_secret_is_shown_by_no_warning_and_no_provider()
    {
        var agent = Load(AgentFileExamples.Documented);

        Assert.DoesNotContain("s3cret", string.Join('\n', agent.Warnings) + string.Join('\n', agent.Models.Providers.Values), StringComparison.Ordinal);
    }

    [Fact]
    public void A_key_that_stands_in_the_file_is_warned_of_without_showing_it()
    {
        var agent = Load(Least + "\nmodels: { providers: { p: { kind: openai, url: https://x, key: sk-open } } }");

        var warning = Assert.Single(agent.Warnings);
        Assert.StartsWith("kintsugi.yaml(5): the key of the provider 'p' stands in the file", warning, StringComparison.Ordinal);
        Assert.DoesNotContain("sk-open", warning, StringComparison.Ordinal);
    }

    [Fact]
    public void A_misspelt_key_is_refused_with_its_line_and_the_nearest_known_one()
    {
        var refused = Assert.Throws<BadFileException>(() => Load(Least + "\ngate:\n  flor: 0.9\n"));

        Assert.Equal("kintsugi.yaml(6): The key 'gate.flor' is not known. Did you mean 'floor'?", refused.Message);
    }

    public static TheoryData<string, string> Misfits => AgentFileExamples.Misfits;

    [Theory]
    [MemberData(nameof(Misfits))]
    public void What_does_not_fit_is_refused_with_line_and_remedy(string text, string message)
    {
        var refused = Assert.Throws<BadFileException>(() => Load(text));

        Assert.StartsWith(message, refused.Message, StringComparison.Ordinal);
        Assert.Matches(@"[.?]$", refused.Message);
    }

    [Theory]
    [InlineData("", "kintsugi.yaml(1): The file is empty.")]
    [InlineData("# nothing\n", "kintsugi.yaml(1): The file is empty.")]
    [InlineData("- a\n", "kintsugi.yaml(1): The file is a list, not a map.")]
    [InlineData("agent: [unclosed\n", "kintsugi.yaml(2): The file is not YAML:")]
    [InlineData("agent:\n\tname: a\n", "kintsugi.yaml(2): The line is indented with a tab")]
    [InlineData("a: 1\n]\n", "kintsugi.yaml(2): The file is not YAML:")]
    [InlineData("a: &x [1]\nb: *x\n", "kintsugi.yaml(1): Anchors (`&name`) are not read here.")]
    [InlineData("b: *x\n", "kintsugi.yaml(1): Aliases (`*name`) are not read here.")]
    [InlineData("a: !!python/object x\n", "kintsugi.yaml(1): The tag")]
    [InlineData("agent: { name: a }\nagent: { name: b }\n", "kintsugi.yaml(2): The key 'agent' stands already on line 1.")]
    [InlineData("[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[a]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]", "kintsugi.yaml(1): The file is nested deeper")]
    [InlineData("a: 1\n---\nb: 2\n", "kintsugi.yaml(2): A second document begins.")]
    [InlineData("a: \u0001\n", "kintsugi.yaml(1): The character U+0001")]
    [InlineData("[a]: 1\n", "kintsugi.yaml(1): A key is not a word.")]
    public void What_is_no_yaml_of_ours_is_refused_with_its_line(string text, string message)
    {
        var refused = Assert.Throws<BadFileException>(() => Load(text));

        Assert.StartsWith(message, refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("gate: { epochs: { min: 4, max: 2 } }", "'gate.epochs.min' is 4 and 'gate.epochs.max' is 2.")]
    [InlineData("models: { providers: { p: { kind: openai, url: https://x, key: ${UNSET} } } }", "'models.providers.p.key' needs the environment variable UNSET, which is not set.")]
    [InlineData("models: { providers: { p: { kind: openai } } }", "The provider 'p' has no 'url'.")]
    [InlineData("models: { providers: { p: { kind: openai, url: 'https://me:pw@x/' } } }", "'models.providers.p.url' is")]
    [InlineData("upstreams: { CRM_URL: { url: https://x, headers: { X-Key: '${UNSET}' } } }", "'upstreams.CRM_URL.headers.X-Key' needs the environment variable UNSET, which is not set.")]
    [InlineData("upstreams: { CRM_URL: { url: https://x, headers: { host: y } } }", "'upstreams.CRM_URL.headers.host' belongs to the connection, which Kintsugi makes.")]
    [InlineData("upstreams: { CRM_URL: { url: https://x, headers: { Transfer-Encoding: chunked } } }", "'upstreams.CRM_URL.headers.Transfer-Encoding' belongs to the connection")]
    [InlineData("upstreams: { CRM_URL: { url: https://x, headers: { X-A: a, x-a: b } } }", "'upstreams.CRM_URL.headers.x-a' stands there twice")]
    [InlineData("upstreams: { CRM_URL: { url: 'https://me:pw@x/' } }", "'upstreams.CRM_URL.url' is")]
    [InlineData("upstreams: { CRM_URL: { url: 'https://x/?a=1' } }", "'upstreams.CRM_URL.url' has a query or a fragment.")]
    [InlineData("upstreams: { OPENAI_BASE_URL: { url: 'https://x/' } }", "'upstreams.OPENAI_BASE_URL' would put an address into OPENAI_BASE_URL, which tells the agent something else.")]
    [InlineData("models: { budget: { per: day } }", "'models.budget' bounds nothing. Add usd, tokens or calls.")]
    [InlineData("models: { roles: { agent: [simulatd] } }", "'models.roles.agent' names the provider 'simulatd', which is not known. Did you mean 'simulated'?")]
    [InlineData("models: { roles: { judge: [simulated] } }", "'models.roles.judge' names no model of 'simulated'. Write `simulated/MODEL`.")]
    [InlineData("models: { aliases: { m: { simulatd: x } } }", "'models.aliases.m' names the provider 'simulatd', which is not known. Did you mean 'simulated'?")]
    [InlineData("models: { roles: { agent: [simulated/x] } }", "'models.roles.agent' names a model ('simulated/x').")]
    [InlineData("models: { providers: { a: { kind: gemini } } }", "'models.providers.a.kind' is 'gemini'. Google's own format is not spoken, but Gemini answers in OpenAI's: `kind: openai`")]
    [InlineData("models: { providers: { a: { kind: bedrock } } }", "'models.providers.a.kind' is 'bedrock'. Bedrock's own format is not spoken.")]
    [InlineData("models: { providers: { a: { kind: ollama } } }", "'models.providers.a.kind' is 'ollama'. Ollama speaks the OpenAI format: `kind: openai`, `url: http://127.0.0.1:11434/v1`.")]
    public void What_fits_but_makes_no_sense_is_refused_with_line_and_remedy(string part, string message)
    {
        var refused = Assert.Throws<BadFileException>(() => Load(Least + "\n" + part));

        Assert.StartsWith("kintsugi.yaml(5): " + message, refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("judge: { rubric: r.md, against: target, pass: 0.7 }", "The judge compares with the target, so there is no score for its 'pass' mark.")]
    [InlineData("judge: { rubric: r.md, against: target, reference: true }", "The judge compares with the target, so it always sees it.")]
    [InlineData("judge: { rubric: r.md, against: target, panel: [simulated/sim-large, simulated/gpt-4o] }", "A panel judges single answers, and this judge compares pairs.")]
    [InlineData("judge: { rubric: r.md, panel: [simulated/gpt-4o, simulatd/claude-3] }", "The panel names the provider 'simulatd', which is not known. Did you mean 'simulated'?")]
    [InlineData("judge: { rubric: r.md, panel: [simulated/gpt-4o, simulated/o3-mini] }", "2 members of the panel are of one vendor (openai)")]
    [InlineData("judge: { rubric: r.md, panel: [simulated/one, simulated/two] }", "2 members of the panel are of one vendor (simulated)")]
    [InlineData("exact: { path: '$.a[?(@.b)]' }", "The path '$.a[?(@.b)]' of the scorer 'exact' has [?(@.b)], which is not spoken here.")]
    [InlineData("regex: { pattern: '(a' }", "The scorer's pattern cannot be used:")]
    [InlineData("regex: { pattern: '(?=a)' }", "The scorer's pattern cannot be used: Look-around")]
    [InlineData("tool_calls: { expect: { a: 1 } }", "The scorer's 'expect' cannot be used: Write a list of tool names")]
    public void A_scorer_that_cannot_judge_is_refused_with_its_line(string scorer, string message)
    {
        var refused = Assert.Throws<BadFileException>(() => Load(Least + "\n  - " + scorer));

        Assert.StartsWith("kintsugi.yaml(5): " + message, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Protocol_prompt_runs_no_process()
    {
        var agent = Load("""
            agent: { name: a, prompt: prompts/score.md, system: prompts/system.md, model: m-1, response: json }
            dataset: [a.jsonl, ../shared/b.jsonl]
            scorers: [{ exact: {} }]
            """);

        Assert.Equal(AgentProtocol.Prompt, agent.Protocol);
        Assert.Null(agent.Run);
        Assert.Equal(new PromptAgent("prompts/score.md", "prompts/system.md", "m-1", true), agent.Prompt);
        Assert.Equal(["a.jsonl", "../shared/b.jsonl"], agent.Datasets);
    }

    [Theory]
    [InlineData("500ms", 0.5)]
    [InlineData("60s", 60)]
    [InlineData("1.5m", 90)]
    [InlineData("2h", 7200)]
    public void Durations_carry_their_unit(string text, double seconds) =>
        Assert.Equal(TimeSpan.FromSeconds(seconds), Load(Least.Replace("agent.py", "agent.py, timeout: " + text, StringComparison.Ordinal)).Timeout);

    [Fact]
    public void Sizes_are_binary() =>
        Assert.Equal(512L << 20, Load(Least.Replace("agent.py", "agent.py, memory: 512MiB", StringComparison.Ordinal)).MemoryBytes);

    [Fact]
    public void Variables_expand_in_keys_alone()
    {
        var agent = Load(Least.Replace("agent.py", "agent.py ${A_KEY}, env: { X: '${A_KEY}', N: 5 }", StringComparison.Ordinal));

        Assert.Equal("python3 agent.py ${A_KEY}", agent.Run);
        Assert.Equal("${A_KEY}", agent.Environment["X"]);
        Assert.Equal("5", agent.Environment["N"]);
    }

    [Fact]
    public void A_byte_order_mark_and_carriage_returns_change_nothing()
    {
        var agent = Load("\uFEFF" + Least.ReplaceLineEndings("\r\n"));

        Assert.Equal("a", agent.Name);
    }

    [Fact]
    public void No_text_breaks_the_loader()
    {
        string[] pieces = ["agent:", "\n", " ", "  ", "{", "}", "[", "]", ",", ": ", "- ", "name", "run", "dataset", "scorers", "exact", "&a", "*a", "!!str ",
            "|", ">", "'", "\"", "#", "${A_KEY}", "${", "1e999", "0x", "~", "\t", "\uFEFF", "\uE000", "é", "?", "%YAML 1.1", "---", "...", "<<", "\\x", Least];
        Gen.Int[0, pieces.Length - 1].Array[0, 40].Select(p => string.Concat(p.Select(i => pieces[i]))).Sample(
            text =>
            {
                try
                {
                    Load(text);
                }
                catch (BadFileException)
                {
                    // what a bad file must lead to
                }
            },
            seed: "0000KeDrHm0x", iter: 3000);
    }

    private sealed record ProviderNamed(string Name, string Kind, string? Key)
    {
        public static ProviderNamed Of(AgentDefinition agent, string name) =>
            new(agent.Models.Providers[name].Name, agent.Models.Providers[name].Kind, agent.Models.Providers[name].Key);
    }
}

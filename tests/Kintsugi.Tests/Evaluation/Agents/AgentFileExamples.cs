namespace Kintsugi.Tests.Evaluation.Agents;

internal static class AgentFileExamples
{
    /// <summary>The example of the documentation, with every key but the judge.</summary>
    public const string Documented = """
        agent:
          name: gtm-lead-scorer
          run: python3 agent.py            # protocol jsonl (default)
          protocol: jsonl
          processes: 2
          test: python3 -m unittest -q
          timeout: 60s
        build: { run: pip install -r requirements.txt, inputs: [requirements.txt], network: [], secrets: [] }
        components:
          prompt: [prompts/**]
          tool:   [tools/*.json]
          schema: [schemas/**]
          data:   [data/**]
          model:  [models.yaml]
          dependency: [requirements*.txt, "*.lock"]
        spec: [tests/**, docs/rules.md]
        dataset: golden/leads.jsonl
        scorers:
          - exact:  { path: $.tier }
          - number: { path: $.score, within: 5 }
        gate: { floor: 0.95, alpha: 0.05, margin: 0.05, odds: 3, baseline_runs: 5, epochs: { min: 1, max: 5 }, slices: [tags], critical_tag: critical }
        models:
          providers:
            n1n:       { kind: openai, url: https://api.n1n.ai/v1, key: ${N1N_API_KEY} }
            anthropic: { kind: anthropic, key: ${ANTHROPIC_API_KEY} }
            deepseek:  { kind: openai, url: https://api.deepseek.com/v1, key: ${DEEPSEEK_API_KEY} }
          aliases: { claude-3-5-sonnet: { anthropic: claude-3-5-sonnet-20241022 } }
          roles:
            agent:  [n1n]
            triage: [n1n/claude-3-5-sonnet, anthropic/claude-3-5-sonnet]
            repair: [n1n/deepseek-v3, deepseek/deepseek-chat]
            judge:  [n1n/claude-3-5-sonnet]
          budget: { usd: 5.00, per: incident }
        upstreams:
          CRM_URL: { url: "https://crm.example.com", headers: { Authorization: "${CRM_KEY}" }, methods: [GET] }
        repair: { attempts: 3, may_change: [prompts/**, "**/*.py", tools/**, schemas/**, models.yaml], never_restore: [migrations/**], held_out: 0.3, delegate: "", policy: "" }
        review: { to: local, base: main, reviewers: [], labels: [self-heal] }
        sandbox: { tier: auto, allow_unsandboxed: false, unreachable: [stats.example.com] }
        """;

    public const string Prompt = """
        agent: { name: score, prompt: prompts/score.md, model: gpt-4o-mini, response: json }
        dataset: [a.jsonl, ../shared/b.jsonl]
        scorers:
          - exact: {}
          - contains: { path: $.reason, text: because, ignore_case: true }
          - regex: { path: $.id, pattern: "^[0-9]+$" }
          - json_schema: { schema: schemas/out.json }
          - json_path: { path: "$..items[*].n", equals: 5 }
          - json_path: { path: $.error, exists: false }
          - tool_calls: { expect: [lookup, { name: check, arguments: { country: DE } }], order: subset, arguments: subset }
          - tool_calls: { expect: $.tools }
          - command: { run: python3 judge.py, pass: 0.5 }
          - evaluator: { type: "My.Evaluator, My", assembly: bin/My.dll, metric: Fluency, pass: 4 }
          - number: { path: $.score, within_percent: 2.5 }
        """;

    private static readonly string Built = With("""
        build:
          run: npm ci --registry "$KINTSUGI_REGISTRY_1"
          inputs: [package-lock.json]
          network: [registry.npmjs.org, "*.example.com", "[::1]:3141", { url: https://npm.example.com/team, headers: { Authorization: "Bearer ${NPM_TOKEN}" } }]
          secrets: [NPM_TOKEN]
        """);

    public static string[] Good => [Documented, Prompt, Built];

    private static string With(string part) => $"agent: {{ name: a, run: r }}\ndataset: g.jsonl\nscorers: [{{ exact: {{}} }}]\n{part}";

    /// <summary>Files that do not fit the shape, with the beginning of the message: refused by the loader and by the published schema alike.</summary>
    public static TheoryData<string, string> Misfits => new()
    {
        { "agent: { name: a, run: r }\nscorers: [{ exact: {} }]", "kintsugi.yaml(1): 'dataset' is missing." },
        { "agent: { name: a, run: r }\ndataset: []\nscorers: [{ exact: {} }]", "kintsugi.yaml(2): 'dataset' is an empty list." },
        { "agent: { name: a, run: r }\ndataset: g\nscorers: []", "kintsugi.yaml(3): 'scorers' is an empty list." },
        { "agent: { name: a, run: r }\ndataset: g\nscorers: [{ exact: {}, number: { path: $.a, within: 1 } }]", "kintsugi.yaml(3): 'scorers[0]' has 2 of" },
        { "agent: { name: a, run: r }\ndataset: g\nscorers: [{ exactly: {} }]", "kintsugi.yaml(3): The key 'scorers[0].exactly' is not known. Did you mean 'exact'?" },
        { "agent: { name: a, run: r }\ndataset: g\nscorers: [exact]", "kintsugi.yaml(3): 'scorers[0]' is 'exact' (text). Write a map of keys." },
        { "agent: { name: a, run: r }\ndataset: g\nscorers: [{ number: { path: $.a } }]", "kintsugi.yaml(3): 'scorers[0].number' has none of within, within_percent." },
        { "agent: { name: a }\ndataset: g\nscorers: [{ exact: {} }]", "kintsugi.yaml(1): 'agent' has none of run, prompt." },
        { "agent: { name: a, run: r, prompt: p }\ndataset: g\nscorers: [{ exact: {} }]", "kintsugi.yaml(1): 'agent' has 2 of run, prompt." },
        { "agent: { name: a/b, run: r }\ndataset: g\nscorers: [{ exact: {} }]", "kintsugi.yaml(1): 'agent.name' is 'a/b'." },
        { "agent: { name: x.lock, run: r }\ndataset: g\nscorers: [{ exact: {} }]", "kintsugi.yaml(1): 'agent.name' is 'x.lock'." },
        { "agent: { name: a, run: 5 }\ndataset: g\nscorers: [{ exact: {} }]", "kintsugi.yaml(1): 'agent.run' is '5' (a number). Write text in quotation marks." },
        { "agent: { name: a, run: r, processes: two }\ndataset: g\nscorers: [{ exact: {} }]", "kintsugi.yaml(1): 'agent.processes' is 'two' (text). Write a whole number of at least 1 and at most 256." },
        { "agent: { name: a, run: r, processes: 1.5 }\ndataset: g\nscorers: [{ exact: {} }]", "kintsugi.yaml(1): 'agent.processes' is '1.5'" },
        { "agent: { name: a, run: r, protocol: json }\ndataset: g\nscorers: [{ exact: {} }]", "kintsugi.yaml(1): 'agent.protocol' is 'json'. Did you mean 'jsonl'?" },
        { "agent: { name: a, run: r, timeout: 60 }\ndataset: g\nscorers: [{ exact: {} }]", "kintsugi.yaml(1): 'agent.timeout' is '60' (a number). Write a duration such as 60s" },
        { "agent: { name: a, run: r, memory: 512MB }\ndataset: g\nscorers: [{ exact: {} }]", "kintsugi.yaml(1): 'agent.memory' is '512MB'. Write a size such as 512MiB" },
        { "agent: { name: a, run: r, env: { 1X: y } }\ndataset: g\nscorers: [{ exact: {} }]", "kintsugi.yaml(1): '1X' cannot be a name in 'agent.env'." },
        { With("gate: { flor: 1 }"), "kintsugi.yaml(4): The key 'gate.flor' is not known. Did you mean 'floor'?" },
        { With("gate: { floor: 95 }"), "kintsugi.yaml(4): 'gate.floor' is '95' (a number). Write a number of at least 0 and at most 1." },
        { With("gate: { odds: 1 }"), "kintsugi.yaml(4): 'gate.odds' is '1'" },
        { With("gate: { floor: .nan }"), "kintsugi.yaml(4): 'gate.floor' is '.nan'" },
        { With("gate:"), "kintsugi.yaml(4): 'gate' has no value." },
        { With("Gate: { floor: 0.5 }"), "kintsugi.yaml(4): The key 'Gate' is not known. Did you mean 'gate'?" },
        { With("components: { prompts: [a] }"), "kintsugi.yaml(4): The key 'components.prompts' is not known. Did you mean 'prompt'?" },
        { With("components: { prompt: [/etc/**] }"), "kintsugi.yaml(4): 'components.prompt[0]' is '/etc/**'." },
        { With("components: { prompt: [a/../../b] }"), "kintsugi.yaml(4): 'components.prompt[0]' is 'a/../../b'." },
        { With("build: { run: make, inputs: [Makefile], network: [https://pypi.org/simple] }"), "kintsugi.yaml(4): 'build.network[0]' is 'https://pypi.org/simple'. Write a host such as pypi.org" },
        { With("build: { run: make, inputs: [Makefile], network: [{ headers: {} }] }"), "kintsugi.yaml(4): 'build.network[0].url' is missing." },
        { With("build: { run: make }"), "kintsugi.yaml(4): 'build.inputs' is missing." },
        { With("models: { providers: { p: { kind: opnai } } }"), "kintsugi.yaml(4): 'models.providers.p.kind' is 'opnai'. Did you mean 'openai'?" },
        { With("models: { providers: { p: { kind: openai, url: 'ftp://x' } } }"), "kintsugi.yaml(4): 'models.providers.p.url' is 'ftp://x'." },
        { With("models: { budget: { usd: 0 } }"), "kintsugi.yaml(4): 'models.budget.usd' is '0'" },
        { With("models: { budget: [{ usd: 1, per: week }] }"), "kintsugi.yaml(4): 'models.budget[0].per' is 'week'." },
        { With("models: { prices: ../prices.json }"), "kintsugi.yaml(4): 'models.prices' is '../prices.json'." },
        { With("models: { providers: { p: { kind: simulated, limits: { concurrency: 0 } } } }"), "kintsugi.yaml(4): 'models.providers.p.limits.concurrency' is '0'" },
        { With("upstreams: { CRM: { headers: {} } }"), "kintsugi.yaml(4): 'upstreams.CRM.url' is missing." },
        { With("upstreams: { CRM: { url: 'https://x', methods: [FETCH] } }"), "kintsugi.yaml(4): 'upstreams.CRM.methods[0]' is 'FETCH'." },
        { With("upstreams: { CRM: { url: 'https://x', methods: [] } }"), "kintsugi.yaml(4): 'upstreams.CRM.methods' is an empty list." },
        { With("upstreams: { CRM: { url: 'ftp://x' } }"), "kintsugi.yaml(4): 'upstreams.CRM.url' is 'ftp://x'." },
        { With("repair: { attempts: 30 }"), "kintsugi.yaml(4): 'repair.attempts' is '30'" },
        { With("repair: { held_out: 1 }"), "kintsugi.yaml(4): 'repair.held_out' is '1'" },
        { With("sandbox: { allow_unsandboxed: yes }"), "kintsugi.yaml(4): 'sandbox.allow_unsandboxed' is 'yes' (text). Write true or false." },
        { With("sandbox: { tier: D }"), "kintsugi.yaml(4): 'sandbox.tier' is 'D'." },
        { "agent: { name: a, run: r }\ndataset: g/*.jsonl\nscorers: [{ exact: {} }]", "kintsugi.yaml(2): 'dataset' is 'g/*.jsonl'." },
        { With("spec: { a: b }"), "kintsugi.yaml(4): 'spec' is a map." },
    };
}

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
        sandbox: { tier: auto, allow_unsandboxed: false }
        """;
}

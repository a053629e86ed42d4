using System.Globalization;
using System.Text.Json;

namespace Kintsugi.Bench;

/// <summary>One evaluation, written down for Kintsugi and for promptfoo: the same prompt, samples, model service, and four assertions.</summary>
public static class EvalAgent
{
    private static readonly string Rubric = string.Concat(Enumerable.Repeat("Score this lead by the rubric and answer in JSON with tier, score and reason. ", 12));

    /// <summary>An agent of protocol prompt in a repository of its own.</summary>
    public static async Task WriteAsync(string directory, string url, int samples, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(Path.Combine(directory, "prompts"));
        await File.WriteAllTextAsync(Path.Combine(directory, "kintsugi.yaml"), $$"""
            agent:
              name: bench
              prompt: prompts/score.md
              model: stub-1
              response: json
            dataset: leads.jsonl
            scorers:
              - exact: { path: $.tier }
              - contains: { path: $.reason, text: industry }
              - regex: { path: $.reason, pattern: "^[A-Z].*[.]$" }
              - json_path: { path: $.score, equals: 91 }
            models:
              providers: { stub: { kind: openai, url: {{url}}, key: sk-bench } }
            """, cancellationToken);
        await File.WriteAllTextAsync(
            Path.Combine(directory, "prompts", "score.md"), Rubric + "\n{{ input.company }} has {{ input.employees }} people.\n", cancellationToken);
        await File.WriteAllLinesAsync(Path.Combine(directory, "leads.jsonl"), Enumerable.Range(0, samples).Select(n => string.Create(
            CultureInfo.InvariantCulture, $$$"""{"id":"lead-{{{n:00000}}}","input":{"company":"Company {{{n}}}","employees":{{{n % 5000}}}},"target":{"tier":"A"},"tags":["t{{{n % 5}}}"]}""")), cancellationToken);
        foreach (var arguments in (string[][])[["init", "--quiet"], ["add", "."], ["-c", "user.name=bench", "-c", "user.email=bench@localhost", "commit", "--quiet", "-m", "agent"]])
            await KintsugiCommand.HostAsync("git", ["-C", directory, .. arguments], cancellationToken);
    }

    /// <summary>The same for promptfoo, beside the agent.</summary>
    /// <returns>What runs it, without a cache and without anything that leaves the machine.</returns>
    public static async Task<IReadOnlyList<string>> WriteForPromptfooAsync(string promptfoo, string directory, string url, int samples, CancellationToken cancellationToken)
    {
        await File.WriteAllTextAsync(Path.Combine(directory, "score.txt"), Rubric + "\n{{company}} has {{employees}} people.\n", cancellationToken);
        await File.WriteAllLinesAsync(Path.Combine(directory, "tests.jsonl"), Enumerable.Range(0, samples).Select(n => string.Create(
            CultureInfo.InvariantCulture, $$$"""{"vars":{"company":"Company {{{n}}}","employees":{{{n % 5000}}},"tier":"A"}}""")), cancellationToken);
        var config = Path.Combine(directory, "promptfooconfig.json");
        await File.WriteAllTextAsync(config, $$"""
            {
              "prompts": ["file://score.txt"],
              "providers": [{ "id": "openai:chat:stub-1", "config": { "apiBaseUrl": {{JsonSerializer.Serialize(url)}}, "apiKey": "sk-bench" } }],
              "defaultTest": { "assert": [
                { "type": "javascript", "value": "JSON.parse(output).tier === context.vars.tier" },
                { "type": "contains", "value": "industry" },
                { "type": "regex", "value": "\"reason\":\"[A-Z].*[.]\"" },
                { "type": "is-json", "value": { "type": "object", "required": ["score"], "properties": { "score": { "const": 91 } } } }
              ] },
              "tests": "file://tests.jsonl"
            }
            """, cancellationToken);
        return
        [
            "env", $"PROMPTFOO_CONFIG_DIR={directory}", "PROMPTFOO_DISABLE_TELEMETRY=1", "PROMPTFOO_DISABLE_UPDATE=1", "PROMPTFOO_DISABLE_REMOTE_GENERATION=1",
            promptfoo, "eval", "-c", config, "--no-cache", "--no-progress-bar", "--no-table",
        ];
    }
}

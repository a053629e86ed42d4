using System.Globalization;
using System.Text;
using Kintsugi.Models.Providers.Simulated;

namespace Kintsugi.Cli.Demo;

/// <summary>The thirteen scenarios of `kintsugi demo`.</summary>
public static class DemoScenarios
{
    private const string Prompt = "prompts/score.md";

    private const string DecisionMakers =
        "- Add 20 points when `title` mentions one of: chief, ceo, cfo, coo, vp, head, director, geschäftsführer, directeur, gerente.\n";

    private static readonly DemoExpectation Repaired = new("prompt", "repair", "proposed");

    public static IReadOnlyList<DemoScenario> All { get; } =
    [
        InRepository("prompt", "A rubric line is lost when the prompt is simplified.", Repaired,
            [new DemoStep("Simplify the prompt", [new ReplaceLines(Prompt, DecisionMakers, "")], ["prompt-trust", "prompt-about", "readme-small"])]),

        InRepository("code", "A boundary in the code moves by one.", Repaired with { Cause = "code" },
            [new DemoStep("Tidy scoring and routing",
                [new ReplaceLines("scoring.py", "        if score >= floor:\n", "        if score > floor:\n")],
                ["scoring-floors", "routing-order", "agent-json"])]) with { TooClose = ["scoring-call"] },

        InRepository("tool", "A parameter is renamed in a tool's schema, and the code behind the tool does not know.", Repaired with { Cause = "tool" },
            [new DemoStep("Name tool parameters alike",
                [new ReplaceLines("tools/lookup_company.json",
                    "    \"required\": [\"domain\"],\n    \"properties\": { \"domain\": { \"type\": \"string\", \"description\": \"The company's web domain, without protocol or path.\" } }\n",
                    "    \"required\": [\"company_domain\"],\n    \"properties\": { \"company_domain\": { \"type\": \"string\", \"description\": \"Web domain of the company, without protocol or path.\" } }\n")],
                ["tool-territory", "schema-reason"])]) with { TooClose = ["tool-company"] },

        InRepository("data", "A field of the CRM export is renamed.", Repaired with { Cause = "data_structure" },
            [new DemoStep("Update the CRM export",
                [new ReplaceLines("data/crm.json", "    \"employees\",\n", "    \"headcount\",\n")],
                ["accounts-dach", "accounts-apac", "territory-pacific"])]),

        InRepository("model", "A cheaper model is chosen that forgets most of the rubric.", new DemoExpectation("model", "repin", "proposed"),
            [new DemoStep("Revise the settings",
                [new ReplaceLines("models.yaml", "model: sim-large\n", "model: sim-small\n")],
                ["models-operations", "settings-words", "client-timeout"])]),

        new DemoScenario("drift", "Nothing changed in the repository; the provider put another model behind the name.", [],
            SimulatedWeather.Calm,
            SimulatedWeather.Calm with { Drift = new SimulatedDrift(AtLeastIsMoreThan: true, Ignores: IgnoredLines.Deductions) },
            new DemoExpectation("model_drift", "escalate", "escalated")),

        new DemoScenario("transient", "The provider rate-limits, fails and times out, then recovers.", [],
            SimulatedWeather.Calm,
            SimulatedWeather.Calm with
            {
                RateLimit = new SimulatedRateLimit(FirstCalls: 1, RetryAfterMs: 11_000), // longer than a call waits: the first look fails
                Failures = new SimulatedFailures(FirstCalls: 3, Status: 503, TimeoutCalls: 3),
            },
            new DemoExpectation("transient", "retry", "left_alone")),

        new DemoScenario("bad-input", "Malformed leads were imported into the golden dataset; no version can score them.",
            [new DemoStep("Import leads of the partner portal", [new AppendLines("golden/leads.jsonl", MalformedLeads())], ["readme-small", "accounts-nordics"])],
            SimulatedWeather.Calm, SimulatedWeather.Calm, new DemoExpectation("bad_input", "quarantine", "left_alone")),

        InRepository("stale-gold", "The rules changed on purpose, and the golden targets did not follow.",
            new DemoExpectation("golden_outdated", "escalate", "escalated"),
            [new DemoStep("Weigh what leads ask for as agreed in May",
                [new ReplaceLines(Prompt,
                    "- Add 10 points when `message` mentions one of: demo, pricing, quote, trial, angebot, devis.\n",
                    "- Add 20 points when `message` mentions one of: demo, pricing, quote, trial, angebot, devis.\n")],
                ["prompt-trust"],
                [
                    new ReplaceLines("docs/rules.md",
                        "| the message shows buying intent: demo, pricing, quote, trial, Angebot, devis | +10 |\n",
                        "| the message shows buying intent: demo, pricing, quote, trial, Angebot, devis | +20 |\n"),
                    new ReplaceLines("tests/test_prompt.py",
                        "        self.assertIn(\"- Add 10 points when `message` mentions one of: demo,\", read(\"prompts\", \"score.md\"))\n",
                        "        self.assertIn(\"- Add 20 points when `message` mentions one of: demo,\", read(\"prompts\", \"score.md\"))\n"),
                ])]),

        InRepository("build", "The agent does not start: a module is imported that was never added.", Repaired with { Cause = "build" },
            [new DemoStep("Sort out module names",
                [new ReplaceLines("agent.py", "import territories\n", "import territory_map as territories\n")],
                ["agent-arguments", "agent-json", "territories-words"])]) with { TooClose = ["agent-rounds"] },

        InRepository("either", "Two hunks, each of which alone breaks the same leads: both must go.", Repaired,
            [
                new DemoStep("Simplify the prompt", [new ReplaceLines(Prompt, DecisionMakers, "")], ["prompt-hour", "leads-cut"]),
                new DemoStep("Take up what the call team learnt",
                    [new ReplaceLines(Prompt,
                        "- Subtract 30 points when `open` is false; we may not sell there.\n",
                        "- Subtract 30 points when `open` is false; we may not sell there.\n- Subtract 20 points when `title` mentions one of: chief, ceo, cfo, coo, vp, head, director, geschäftsführer, directeur, gerente; they seldom answer a first call.\n")],
                    ["prompt-origin", "territory-east"]),
            ]) with { TooClose = ["prompt-about"] },

        InRepository("both", "Two clean-ups, each of which leaves to the other what nobody does any more.", Repaired with { Cause = "code" },
            [
                new DemoStep("Leave web addresses as they come",
                    [new ReplaceLines("leads.py", "        return crm.normalise_domain(website)\n", "        return website.strip()\n")],
                    ["leads-cut", "accounts-apac"]),
                new DemoStep("Look companies up directly",
                    [new ReplaceLines("crm.py", "        key = normalise_domain(domain)\n", "        key = domain or \"\"\n")],
                    ["crm-columns", "client-body"]),
            ]) with { TooClose = ["crm-result"] },

        new DemoScenario("noise", "Nothing is wrong; the model errs now and then, as it always did.", [],
            SimulatedWeather.Calm, SimulatedWeather.Calm, new DemoExpectation(null, "none", "healthy")),
    ];

    /// <exception cref="ArgumentException">There is no such scenario.</exception>
    public static DemoScenario Find(string name) =>
        All.FirstOrDefault(s => s.Name == name)
        ?? throw new ArgumentException($"There is no scenario '{name}'. Choose one of: {string.Join(", ", All.Select(s => s.Name))}.");

    private static DemoScenario InRepository(string name, string description, DemoExpectation expected, IReadOnlyList<DemoStep> steps) =>
        new(name, description, steps, SimulatedWeather.Calm, SimulatedWeather.Calm, expected);

    /// <summary>Valid lines of a dataset whose inputs are no leads: an import that went wrong halfway.</summary>
    private static string MalformedLeads()
    {
        string[] inputs =
        [
            """{"email":null,"title":"CEO","country":"Germany"}""",
            """{"email":["info@portal.example"],"company":"Portal"}""",
            """{"payload":"eyJlbWFpbCI6ImluZm9AcG9ydGFsLmV4YW1wbGUi"}""",
            "\"Ms Hartmann, Hartmann Feinkost, asks for a call\"",
            """{"email":"#REF!","message":"#N/A","country":"#N/A"}""",
            "[\"info@portal.example\",\"Portal GmbH\",\"DE\"]",
        ];
        var lines = new StringBuilder();
        for (var n = 0; n < 30; n++)
        {
            lines.Append(CultureInfo.InvariantCulture, $"{{\"id\": \"portal-{n + 1:000}\", \"input\": {inputs[n % inputs.Length]}, ")
                .Append(CultureInfo.InvariantCulture, $"\"target\": {{\"tier\": \"C\", \"owner\": \"inside-dach\", \"score\": 50}}, ")
                .Append(CultureInfo.InvariantCulture, $"\"tags\": [\"portal\"], \"family\": \"portal-{n + 1}\"}}\n");
        }
        return lines.ToString();
    }
}

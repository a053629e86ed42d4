using System.Text.Json;
using Kintsugi.Evaluation.Scorers;
using Kintsugi.Evaluation.Scorers.Judging;
using Kintsugi.Models;
using Kintsugi.Models.Routing;
using Kintsugi.Storage;
using Kintsugi.Tracing.Spans;

namespace Kintsugi.Evaluation.Agents;

/// <summary>Reads kintsugi.yaml.</summary>
public static class AgentFile
{
    public const string FileName = "kintsugi.yaml";

    /// <summary>The file's text.</summary>
    /// <exception cref="BadFileException">It is not UTF-8; the message names the line.</exception>
    public static string Decode(ReadOnlySpan<byte> bytes, string fileName)
    {
        if (System.Text.Unicode.Utf8.IsValid(bytes)) return System.Text.Encoding.UTF8.GetString(bytes);
        var line = 1;
        for (int end; (end = bytes.IndexOf((byte)'\n')) >= 0 && System.Text.Unicode.Utf8.IsValid(bytes[..end]); line++) bytes = bytes[(end + 1)..];
        throw new BadFileException(fileName, line, "The line is not valid UTF-8. Save the file as UTF-8.");
    }

    /// <summary>Reads and checks the file's text. What it asks for that is not done yet comes back as <see cref="AgentDefinition.Warnings"/>.</summary>
    /// <param name="fileName">What messages call the file.</param>
    /// <param name="environment">The host's variables, for the few places where `${NAME}` expands; null for one that is not set.</param>
    /// <exception cref="BadFileException">The file cannot be used; the message names the line and the remedy.</exception>
    public static AgentDefinition Load(string text, string fileName, Func<string, string?> environment)
    {
        var root = AgentFileReader.Read(text, fileName);
        var check = new AgentFileCheck(fileName);
        check.Check(root, AgentFileKeys.Root, "");
        var warnings = new List<string>(check.Warnings);
        var agent = (AgentFileMap)root["agent"]!;
        var prompt = Prompt(agent, fileName);
        var defaults = new AgentDefinition { Name = "", Protocol = default, Datasets = [], Scorers = [] };
        var models = AgentFileModels.Read(root["models"] as AgentFileMap, agent.Duration("timeout", fileName) ?? defaults.Timeout, fileName, environment, warnings);
        var scorers = Scorers(root, models, fileName);
        var repair = Repair(root["repair"] as AgentFileMap, models);
        return new AgentDefinition
        {
            Name = agent.Text("name")!,
            Protocol = Protocol(agent, fileName),
            Run = agent.Text("run"),
            Prompt = prompt,
            Processes = agent.Whole("processes") ?? defaults.Processes,
            InFlight = agent.Whole("in_flight") ?? defaults.InFlight,
            Test = agent.Text("test"),
            Timeout = agent.Duration("timeout", fileName) ?? defaults.Timeout,
            StartTimeout = agent.Duration("start_timeout", fileName) ?? defaults.StartTimeout,
            MemoryBytes = agent.SizeBytes("memory", fileName) ?? defaults.MemoryBytes,
            Environment = agent.Texts("env"),
            Build = AgentFileBuild.Read(root["build"] as AgentFileMap, fileName, warnings),
            Components = Components(root),
            Spec = root.List("spec"),
            Datasets = root.List("dataset"),
            Scorers = scorers,
            Gate = Gate(root["gate"] as AgentFileMap, fileName),
            Models = RepairRoutes.With(JudgeSettings.WithPanels(models, scorers), repair.Candidates),
            Upstreams = AgentFileUpstreams.Read(root["upstreams"] as AgentFileMap, agent.Texts("env"), fileName, environment, warnings),
            Repair = repair,
            Redact = Redact(root["redact"] as AgentFileMap, fileName),
            Retention = Retention(root["retention"] as AgentFileMap, fileName),
            Review = Review(root["review"] as AgentFileMap, fileName, environment, warnings),
            Notify = AgentFileNotify.Read(root["notify"] as AgentFileMap, fileName, environment, warnings),
            Sandbox = new SandboxDefinition(
                (root["sandbox"] as AgentFileMap)?.Text("tier") ?? "auto",
                (root["sandbox"] as AgentFileMap)?.Flag("allow_unsandboxed") ?? false)
            {
                Unreachable = ((root["sandbox"] as AgentFileMap)?.List("unreachable") ?? []).ToHashSet(StringComparer.OrdinalIgnoreCase),
            },
            Warnings = warnings,
        };
    }

    private static AgentProtocol Protocol(AgentFileMap agent, string file)
    {
        var word = agent.Text("protocol") ?? (agent["prompt"] is null ? "jsonl" : "prompt");
        if (word == "prompt" != agent["prompt"] is not null)
            throw new BadFileException(file, agent["protocol"]!.Line, word == "prompt"
                ? "'agent.protocol' is prompt, but there is no 'agent.prompt'. Add the file of the prompt, or choose jsonl, exec or http."
                : $"'agent.protocol' is {word}, but 'agent.prompt' runs no process. Remove one of them.");
        return Enum.Parse<AgentProtocol>(word, ignoreCase: true);
    }

    private static PromptAgent? Prompt(AgentFileMap agent, string file)
    {
        string[] promptOnly = ["system", "model", "response"];
        if (agent.Text("prompt") is not { } template)
        {
            foreach (var (key, line, _) in agent.Entries)
                if (promptOnly.Contains(key))
                    throw new BadFileException(file, line, $"'agent.{key}' belongs to protocol prompt, but the agent has 'run'. Remove it, or use 'prompt' in place of 'run'.");
            return null;
        }
        var model = agent.Text("model")
            ?? throw new BadFileException(file, agent["prompt"]!.Line, "'agent.model' is missing. Protocol prompt needs the name of the model to ask.");
        return new PromptAgent(template, agent.Text("system"), model, agent.Text("response") == "json");
    }

    private static List<ComponentGlobs> Components(AgentFileMap root) =>
    [
        .. (root["components"] as AgentFileMap)?.Entries.Select(e => new ComponentGlobs(
            Enum.Parse<Component>(e.Key, ignoreCase: true), ((AgentFileMap)root["components"]!).List(e.Key))) ?? [],
    ];

    private static List<ScorerDefinition> Scorers(AgentFileMap root, ModelsConfig models, string file)
    {
        var scorers = new List<ScorerDefinition>();
        foreach (var item in ((AgentFileList)root["scorers"]!).Items)
        {
            var (kind, line, settings) = ((AgentFileMap)item).Entries[0];
            var definition = new ScorerDefinition(kind, JsonSerializer.SerializeToElement(settings.ToJson()));
            if ((ScorerSettings.Problem(definition) ?? JudgeSettings.PanelProblem(definition, models)) is { } problem) throw new BadFileException(file, line, problem);
            scorers.Add(definition);
        }
        return scorers;
    }

    private static GateDefinition Gate(AgentFileMap? gate, string file)
    {
        var defaults = new GateDefinition();
        if (gate is null) return defaults;
        var epochs = gate["epochs"] as AgentFileMap;
        var least = epochs?.Whole("min") ?? defaults.MinEpochs;
        var most = epochs?.Whole("max") ?? Math.Max(defaults.MaxEpochs, least);
        if (least > most)
            throw new BadFileException(file, epochs!.Line, $"'gate.epochs.min' is {least} and 'gate.epochs.max' is {most}. Make max at least min.");
        return new GateDefinition(
            gate.Number("floor"), gate.Number("alpha") ?? defaults.Alpha, gate.Number("beta") ?? defaults.Beta,
            gate.Number("margin") ?? defaults.Margin, gate.Number("odds") ?? defaults.Odds,
            gate.Whole("baseline_runs") ?? defaults.BaselineRuns, least, most)
        {
            SlicesByTag = gate["slices"] is null || gate.List("slices").Count > 0,
            CriticalTag = gate.Text("critical_tag"),
        };
    }

    private static RepairDefinition Repair(AgentFileMap? repair, ModelsConfig models)
    {
        var defaults = new RepairDefinition { Candidates = RepairRoutes.Unasked(models) };
        return repair is null
            ? defaults
            : new RepairDefinition(
                repair.Whole("attempts") ?? defaults.Attempts,
                repair["may_change"] is null ? null : repair.List("may_change"),
                repair["never_restore"] is null ? null : repair.List("never_restore"),
                repair.Number("held_out") ?? defaults.HeldOut,
                Stated(repair.Text("delegate")), Stated(repair.Text("policy")))
            {
                Candidates = repair.Whole("candidates") ?? defaults.Candidates,
            };
    }

    private static RedactDefinition Redact(AgentFileMap? redact, string file)
    {
        if (redact is null) return new RedactDefinition([], []);
        foreach (var pattern in (redact["patterns"] as AgentFileList)?.Items.OfType<AgentFileScalar>() ?? [])
        {
            try
            {
                _ = new SpanRedaction([], [pattern.Text]);
            }
            catch (ArgumentException e)
            {
                throw new BadFileException(file, pattern.Line, $"The pattern '{Shown.Word(pattern.Text)}' cannot be used: {Shown.Word(e.Message, 200)} Write a regular expression without look-around and back-references.");
            }
        }
        return new RedactDefinition(redact.List("attributes"), redact.List("patterns"));
    }

    private static RetentionDefinition Retention(AgentFileMap? retention, string file) => retention is null
        ? new RetentionDefinition()
        : new RetentionDefinition(retention.Duration("age", file), retention.SizeBytes("size", file), retention.Number("sample"), retention.Duration("slow", file));

    /// <summary>An empty text is none.</summary>
    private static string? Stated(string? text) => string.IsNullOrWhiteSpace(text) ? null : text;

    private static ReviewDefinition Review(AgentFileMap? review, string file, Func<string, string?> environment, List<string> warnings)
    {
        if (review is null) return new ReviewDefinition();
        var (token, key) = (review["token"] as AgentFileScalar, review["key"] as AgentFileScalar);
        foreach (var secret in new[] { token, key }.OfType<AgentFileScalar>().Where(s => !AgentFileVariables.AreIn(s.Text)))
            warnings.Add($"{file}({secret.Line}): a secret of `review` stands in the file, where everybody who can read the repository can read it. Write ${{VARIABLE}} instead.");
        return new ReviewDefinition(review.Text("to") ?? "local")
        {
            Repository = review.Text("repo"),
            Api = review.Text("url") is { } url ? new Uri(url) : null,
            Token = AgentFileVariables.ExpandIfSet(token, environment),
            App = (long?)review.Number("app"),
            Key = AgentFileVariables.ExpandIfSet(key, environment),
            Installation = (long?)review.Number("installation"),
            Unset = [.. new[] { token, key }.OfType<AgentFileScalar>().Select(AgentFileVariables.First).OfType<string>().Where(name => environment(name) is null or "")],
            Base = review.Text("base"),
            Reviewers = review.List("reviewers"),
            Labels = review["labels"] is null ? ReviewDefinition.DefaultLabels : review.List("labels"),
        };
    }
}

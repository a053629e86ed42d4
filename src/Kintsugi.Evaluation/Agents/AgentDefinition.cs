using Kintsugi.Evaluation.Agents.Building;
using Kintsugi.Models;
using Kintsugi.Models.Upstreams;

namespace Kintsugi.Evaluation.Agents;

/// <summary>What kintsugi.yaml says, checked. Paths are relative to the agent's directory, with '/'.</summary>
public sealed record AgentDefinition
{
    public required string Name { get; init; }

    public required AgentProtocol Protocol { get; init; }

    /// <summary>The command line of the agent, read by /bin/sh inside the sandbox; null for protocol prompt.</summary>
    public string? Run { get; init; }

    /// <summary>For protocol prompt: the template's file, the system prompt's file, the model asked, and whether the answer must be JSON.</summary>
    public PromptAgent? Prompt { get; init; }

    public int Processes { get; init; } = 2;

    public int InFlight { get; init; } = 1;

    /// <summary>The agent's own deterministic tests, a command line; null when it has none.</summary>
    public string? Test { get; init; }

    /// <summary>Per sample.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(60);

    public TimeSpan StartTimeout { get; init; } = TimeSpan.FromSeconds(30);

    public long MemoryBytes { get; init; } = 1L << 30;

    /// <summary>Plain variables of the agent's process.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();

    public BuildDefinition? Build { get; init; }

    /// <summary>In the order of the file; the first whose glob matches owns a file, every other tracked file is code.</summary>
    public IReadOnlyList<ComponentGlobs> Components { get; init; } = [];

    /// <summary>Globs of files that state what is intended.</summary>
    public IReadOnlyList<string> Spec { get; init; } = [];

    public required IReadOnlyList<string> Datasets { get; init; }

    public required IReadOnlyList<ScorerDefinition> Scorers { get; init; }

    public GateDefinition Gate { get; init; } = new();

    public ModelsConfig Models { get; init; } = ModelsConfig.Embedded;

    /// <summary>What else the agent may reach.</summary>
    public IReadOnlyList<UpstreamConfig> Upstreams { get; init; } = [];

    public RepairDefinition Repair { get; init; } = new();

    public RedactDefinition Redact { get; init; } = new([], []);

    public RetentionDefinition Retention { get; init; } = new();

    public ReviewDefinition Review { get; init; } = new();

    /// <summary>Null where nobody is told of incidents.</summary>
    public NotifyDefinition? Notify { get; init; }

    public SandboxDefinition Sandbox { get; init; } = new();

    /// <summary>What the file asks for that is not done yet, and what of it looks like a mistake; each a sentence with file and line.</summary>
    public IReadOnlyList<string> Warnings { get; init; } = [];
}

public enum AgentProtocol
{
    Jsonl = 0,
    Exec = 1,
    Http = 2,
    Prompt = 3,
}

/// <param name="Template">File of the user message, a Fluid template over `input`.</param>
/// <param name="System">File of the system prompt, or null.</param>
public sealed record PromptAgent(string Template, string? System, string Model, bool JsonResponse);

/// <summary>How the agent's dependencies are installed.</summary>
/// <param name="Run">A command line, read by /bin/sh in a sandbox of its own.</param>
/// <param name="Inputs">Globs of the files that the result depends on: versions in which they are equal share it.</param>
public sealed record BuildDefinition(string Run, IReadOnlyList<string> Inputs, BuildNetwork Network);

/// <param name="Globs">Relative to the agent's directory; `../` reaches shared files of the repository.</param>
public sealed record ComponentGlobs(Component Component, IReadOnlyList<string> Globs);

/// <summary>What a version is made of. Stored and sent by these names in lower case.</summary>
public enum Component
{
    Prompt = 0,
    Code = 1,
    Tool = 2,
    Schema = 3,
    Data = 4,
    Model = 5,
    Dependency = 6,
}

/// <summary>A scorer as configured.</summary>
/// <param name="Kind">`exact`, `number`, `contains`, `regex`, `json_schema`, `json_path`, `tool_calls`, `command`, `evaluator`, `judge`.</param>
/// <param name="Settings">Its keys as JSON, already checked against the scorer's own schema.</param>
public sealed record ScorerDefinition(string Kind, System.Text.Json.JsonElement Settings);

/// <summary>When a version is called worse; see the documentation of the gate for the exact statements.</summary>
/// <param name="Floor">Pass rate in [0, 1] below which a version is bad whatever the baseline was; null for none.</param>
/// <param name="Alpha">Probability of calling a sound version regressed.</param>
/// <param name="Margin">Absolute rise of the failure rate that is still healthy.</param>
/// <param name="Odds">Ratio of failure odds whose exclusion is healthy.</param>
public sealed record GateDefinition(
    double? Floor = null, double Alpha = 0.05, double Beta = 0.10, double Margin = 0.05, double Odds = 3,
    int BaselineRuns = 5, int MinEpochs = 1, int MaxEpochs = 5)
{
    /// <summary>Whether each tag of the dataset is judged by itself too.</summary>
    public bool SlicesByTag { get; init; } = true;

    /// <summary>Samples with this tag are critical, beside those that say so themselves; null for none.</summary>
    public string? CriticalTag { get; init; }
}

/// <param name="Delegate">A coding agent's command line, read by /bin/sh in the sandbox; null for none.</param>
/// <param name="PolicyFile">Path below the agent's directory of what the owner wants done; null for none.</param>
public sealed record RepairDefinition(
    int Attempts = 3, IReadOnlyList<string>? MayChange = null, IReadOnlyList<string>? NeverRestore = null, double HeldOut = 0.3,
    string? Delegate = null, string? PolicyFile = null)
{
    /// <summary>Changes that models write side by side for one attempt; at least 1.</summary>
    public int Candidates { get; init; } = 1;

    /// <summary>Where <see cref="PolicyFile"/> lay in the version that this one is held against: it is shown to nobody there either. Null for none.</summary>
    public string? FormerPolicyFile { get; init; }
}

/// <summary>Where proposals go.</summary>
/// <param name="To">`local`, `github` or `gitlab`.</param>
public sealed record ReviewDefinition(string To = "local")
{
    public static readonly IReadOnlyList<string> DefaultLabels = ["self-heal"];

    /// <summary>owner/name; null for what `origin` names.</summary>
    public string? Repository { get; init; }

    /// <summary>Root of the forge's API; null for the one that everybody uses.</summary>
    public Uri? Api { get; init; }

    /// <summary>Null where there is none, or its variable is not set.</summary>
    public string? Token { get; init; }

    public long? App { get; init; }

    /// <summary>The App's private key; null as <see cref="Token"/>.</summary>
    public string? Key { get; init; }

    public long? Installation { get; init; }

    /// <summary>Variables that the keys name and that are not set: only what reaches for the forge needs them.</summary>
    public IReadOnlyList<string> Unset { get; init; } = [];

    public string? Base { get; init; }

    public IReadOnlyList<string> Reviewers { get; init; } = [];

    public IReadOnlyList<string> Labels { get; init; } = DefaultLabels;

    public override string ToString() => $"{To} {Repository}"; // a record would print its secrets
}

public sealed record SandboxDefinition(string Tier = "auto", bool AllowUnsandboxed = false)
{
    /// <summary>Hosts that the agent asks for and can do without: that it is kept from them explains no failure.</summary>
    public IReadOnlySet<string> Unreachable { get; init; } = new HashSet<string>();
}

/// <summary>What is not kept of traces.</summary>
/// <param name="Attributes">Names; a `*` at the end stands for any rest.</param>
/// <param name="Patterns">Regular expressions that .NET matches without backtracking.</param>
public sealed record RedactDefinition(IReadOnlyList<string> Attributes, IReadOnlyList<string> Patterns);

/// <param name="Age">Null for any.</param>
/// <param name="Bytes">Null for any.</param>
/// <param name="Sample">Share of traces that is kept, in [0, 1]; null for all.</param>
public sealed record RetentionDefinition(TimeSpan? Age = null, long? Bytes = null, double? Sample = null, TimeSpan? Slow = null);

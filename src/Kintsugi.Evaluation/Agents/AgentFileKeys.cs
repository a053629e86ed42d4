using Kintsugi.Models.Upstreams;

namespace Kintsugi.Evaluation.Agents;

/// <summary>Every key of kintsugi.yaml.</summary>
internal static class AgentFileKeys
{
    private const string Path = @"^(?![/~])(?!(.*/)?\.\.(/|$))[^\u0000-\u001f]+$";
    private const string Glob = @"^(\.\./)*(?![/~!])(?!(.*/)?\.\.(/|$))[^\u0000-\u001f]+$";
    private const string SharedPath = @"^(\.\./)*(?![/~])(?!(.*/)?\.\.(/|$))[^*\u0000-\u001f]+$";
    private const string Variable = "^[A-Za-z_][A-Za-z0-9_]{0,127}$";
    private const string PlainName = @"^[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}$";

    public static AgentFileShape Duration(string about) =>
        new TextShape(about, "^[0-9]{1,9}(\\.[0-9]{1,3})?(ms|s|m|h)$", "a duration such as 60s, 2m or 500ms");

    public static AgentFileShape Size(string about) =>
        new TextShape(about, "^[0-9]{1,9}(B|KiB|MiB|GiB)$", "a size such as 512MiB or 2GiB");

    /// <summary>A file below the agent's directory.</summary>
    public static AgentFileShape File(string about) => new TextShape(about, Path, "a path relative to the agent's directory, inside it");

    private static TextShape Text(string about) => new(about);

    private static ListShape Globs(string about) => new(
        about, new TextShape("A glob; ** crosses directories.", Glob, "a glob relative to the agent's directory ('../' only at its beginning)"), OrOne: true);

    private static ListShape Variables(string about) =>
        new(about, new TextShape("", @"^(\$\{)?[A-Za-z_][A-Za-z0-9_]{0,127}\}?$", "the name of an environment variable"));

    private static readonly ObjectShape Agent = new("The agent under care.",
    [
        new("name", new TextShape("What reports and branches call the agent.", @"^(?!.*\.lock$)[A-Za-z0-9]([A-Za-z0-9]|[._-](?=[A-Za-z0-9])){0,63}$",
            "letters and digits, with single '.', '_' or '-' between them, at most 64, not ending in .lock"), Required: true),
        new("run", Text("Command line that starts the agent; /bin/sh reads it inside the sandbox.")),
        new("protocol", new WordShape("How the agent is spoken to: jsonl (default) keeps a process and sends samples as lines, exec starts one process a sample, http serves on $PORT, prompt runs no process.",
            ["jsonl", "exec", "http", "prompt"])),
        new("prompt", File("Protocol prompt: file of the user message, a Fluid template over `input`.")),
        new("system", File("Protocol prompt: file of the system prompt.")),
        new("model", Text("Protocol prompt: the model asked.")),
        new("response", new WordShape("Protocol prompt: whether the answer must be JSON.", ["json", "text"])),
        new("processes", new NumberShape("Parallel processes; default 2.", 1, 256, Whole: true)),
        new("in_flight", new NumberShape("Samples in flight in one process; default 1. More only if the agent sends the sample's id on with each model call.", 1, 1024, Whole: true)),
        new("test", Text("Command line of the agent's own deterministic tests.")),
        new("timeout", Duration("Per sample; default 60s.")),
        new("start_timeout", Duration("Until the agent is ready; default 30s.")),
        new("memory", Size("Memory of one process; default 1GiB.")),
        new("env", new NamedShape("Plain variables of the agent's process.", new TextShape("", Loose: true), Variable)),
        new("secrets", Variables("Names of host variables that the agent itself needs."), Later: "the agent does not get these variables."),
    ], ["run", "prompt"]);

    private static readonly ObjectShape Registry = new("A registry that wants a credential; the build finds it at the address in $KINTSUGI_REGISTRY_1 (the second such registry in _2, …).",
    [
        new("url", new TextShape("Its address: the build can ask for what lies below it.", @"^https?://[^\s]+$", "an address that begins with https:// or http://"), Required: true),
        new("headers", new NamedShape("Headers added outside the sandbox; ${VARIABLE} expands when `secrets` lists it.",
            new TextShape("", @"^[^\u0000-\u001f\u007f]+$", "one line of text"), PlainName)),
    ]);

    private static readonly ObjectShape Build = new("How the agent's dependencies are installed.",
    [
        new("run", Text("Command line."), Required: true),
        new("inputs", Globs("Files the build depends on: it runs again when one of them changes."), Required: true),
        new("network", new ListShape("What the build may reach; default nothing.", new TextOrMapShape("A host, or a registry that wants a credential.",
            new TextShape("A host; *.name allows every name below it. Without a port 80 and 443 are meant.",
                @"^(((\*\.)?[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?)|\[[0-9A-Fa-f:.]{2,45}\])(:[0-9]{1,5})?$",
                "a host such as pypi.org, *.example.com or pypi.example.com:8443, without https:// and path"),
            Registry))),
        new("secrets", Variables("Names of the host variables that headers in `network` may use; the build itself never sees them.")),
    ]);

    private static readonly ObjectShape Components = new("What a version is made of. The first key whose glob matches owns a file; every other tracked file is code.",
    [
        new("prompt", Globs("Prompts.")),
        new("code", Globs("Code, where it must win over a later key.")),
        new("tool", Globs("Definitions of tools.")),
        new("schema", Globs("Schemas of inputs and outputs.")),
        new("data", Globs("Data the agent looks things up in.")),
        new("model", Globs("Choice of models.")),
        new("dependency", Globs("Lock files and lists of dependencies.")),
    ]);

    private static readonly ObjectShape Gate = new("When a version is called worse.",
    [
        new("floor", new NumberShape("Pass rate below which a version is bad whatever the baseline was.", 0, 1)),
        new("alpha", new NumberShape("Probability of calling a sound version regressed; default 0.05.", 0, 0.5, Above: true)),
        new("beta", new NumberShape("Probability of missing a regression of the size of `odds`; default 0.10.", 0, 0.5, Above: true)),
        new("margin", new NumberShape("Absolute rise of the failure rate that is still healthy; default 0.05.", 0, 1, Above: true, Below: true)),
        new("odds", new NumberShape("Ratio of failure odds whose exclusion is healthy; default 3.", 1, 1000, Above: true)),
        new("baseline_runs", new NumberShape("Fresh epochs of a blessed version; default 5.", 1, 100, Whole: true)),
        new("epochs", new ObjectShape("Repetitions of a sample.",
        [
            new("min", new NumberShape("At least; default 1.", 1, 100, Whole: true)),
            new("max", new NumberShape("At most; default 5.", 1, 100, Whole: true)),
        ])),
        new("slices", new ListShape("What the dataset is cut by, so that damage to a part is seen though the whole hides it; default [tags]. [] judges the whole alone.", new WordShape("", ["tags"]))),
        new("critical_tag", Text("Tag of samples that may not break, beside those with \"critical\": true.")),
    ]);

    private static readonly ObjectShape Provider = new("One service that answers.",
    [
        new("kind", new WordShape("openai (any compatible service), anthropic, simulated.", ["openai", "anthropic", "simulated"], WiresNotSpoken.Remedy), Required: true),
        new("url", new TextShape("Address of the API, up to the version.", @"^https?://[^\s]+$", "an address that begins with https:// or http://")),
        new("key", Text("The secret; write ${VARIABLE}.")),
        new("key_header", new TextShape("Header that the service wants the key in, such as Azure's api-key; without it the usual one of its kind.", "^[A-Za-z0-9-]{1,64}$", "the name of a header such as api-key")),
        new("speaks", new ListShape("What it serves, where that is less than its kind promises (openai: chat, completions, embeddings, responses): the rest is translated or asked elsewhere.",
            new WordShape("", ["chat", "completions", "embeddings", "responses", "messages"]), Least: 1)),
        new("limits", new ObjectShape("What it is asked for at most; more waits its turn, then the next provider of the route is asked.",
        [
            new("requests_per_minute", new NumberShape("Attempts; default no bound.", 1, 1e9, Whole: true)),
            new("tokens_per_minute", new NumberShape("Tokens, input and output; default no bound.", 1, 1e9, Whole: true)),
            new("concurrency", new NumberShape("Calls in flight; default 64.", 1, 10_000, Whole: true)),
            new("timeout", Duration("For one attempt; within a stream, until something more arrives; default 120s.")),
        ])),
    ]);

    private static readonly ListShape Routes = new("Routes in order of preference, each `provider` or `provider/model`.", Text(""), OrOne: true, Least: 1);

    private static readonly ObjectShape Budget = new("The most that may be spent over a period.",
    [
        new("usd", new NumberShape("US dollars.", 0, 1e9, Above: true)),
        new("tokens", new NumberShape("Tokens, input and output.", 1, 1e15, Whole: true)),
        new("calls", new NumberShape("Calls; one that is tried again counts again.", 1, 1e15, Whole: true)),
        new("per", new WordShape("Over what: an incident, however often it is resumed; a run, which is one command; a day in UTC. Default incident, which outside of incidents is a run.",
            ["incident", "run", "day"])),
    ]);

    private static readonly ObjectShape Models = new("Who answers.",
    [
        new("providers", new NamedShape("By name; with none, one `simulated`.", Provider, PlainName)),
        new("aliases", new NamedShape("A model's name to each provider's own name for it.", new NamedShape("", Text("")))),
        new("apart", new ListShape("Roles of which no two may be answered by one vendor, such as [repair, judge].", new WordShape("", ["triage", "repair", "judge"]), Least: 2)),
        new("roles", new ObjectShape("Which provider answers whom.",
        [
            new("agent", Routes with { About = "Providers of the agent's own calls; its request names the model." }),
            new("triage", Routes),
            new("repair", Routes),
            new("judge", Routes),
        ])),
        new("budget", new ListShape("The most that may be spent: one budget, or a list of which each holds.", Budget, OrOne: true)),
        new("share_equal_calls", new FlagShape("Whether equal calls that are made at the same time with temperature 0, and not streamed, are asked once; default false.")),
        new("prices", File("File of prices that win over the built-in ones: host to model to { input, output } in US dollars for a million tokens.")),
    ]);

    private static readonly ObjectShape Upstream = new("One service the agent may reach.",
    [
        new("url", new TextShape("Its address.", @"^https?://[^\s]+$", "an address that begins with https:// or http://"), Required: true),
        new("headers", new NamedShape("Headers added outside the sandbox; ${VARIABLE} expands.", Text(""), PlainName)),
        new("methods", new ListShape("Methods let through; default GET.", new WordShape("", UpstreamConfig.AllMethods), Least: 1)),
    ]);

    private static readonly ObjectShape Repair = new("What a repair may do.",
    [
        new("attempts", new NumberShape("At most; default 3.", 0, 10, Whole: true)),
        new("candidates", new NumberShape("Changes that models of role repair write side by side for one attempt, each beginning at another model of the route; default one a model, at most 3.", 1, 8, Whole: true)),
        new("may_change", Globs("Files a repair may change; default all but the protected ones.")),
        new("never_restore", Globs("Files the outside world has adopted, fixed forward only.")),
        new("held_out", new NumberShape("Share of the samples kept from triage and repair; default 0.3.", 0, 1, Below: true)),
        new("delegate", Text("Command line of a coding agent that writes a change where restoring does not mend. It finds its task in KINTSUGI_TASK.md, and its models, those of role repair, behind OPENAI_BASE_URL and ANTHROPIC_BASE_URL.")),
        new("policy", new TextShape("File that says what is to be done about which regressions, and what is wished of whoever writes a change (docs/repair.md); empty for none.",
            Path + "|^$", "a path relative to the agent's directory, inside it")),
    ]);

    private static readonly ObjectShape Review = new("Where proposals go.",
    [
        new("to", new WordShape("local writes a branch and a report; github and gitlab open a pull request (docs/review.md); default local.", ["local", "github", "gitlab"])),
        new("repo", new TextShape("owner/name; at GitLab group/subgroup/name too. Default: what `origin` names, in Actions GITHUB_REPOSITORY.", @"^[A-Za-z0-9_.-]+(/[A-Za-z0-9_.-]+)+$", "a repository such as owner/name")),
        new("url", new TextShape("Root of the forge's API, such as https://github.example.com/api/v3/. Default: that of github.com or gitlab.com, in Actions GITHUB_API_URL.", @"^https?://[^\s]+$", "an address that begins with https:// or http://")),
        new("token", Text("The forge's token; write ${VARIABLE}.")),
        new("app", new NumberShape("Id of a GitHub App that acts in place of a token.", 1, 1e15, Whole: true)),
        new("key", Text("The App's private key, PEM; write ${VARIABLE}.")),
        new("installation", new NumberShape("Id of the App's installation; default the one that the repository has.", 1, 1e15, Whole: true)),
        new("base", Text("Target branch of proposals; default the one that the bad version was found on.")),
        new("reviewers", new ListShape("Logins, or org/team, that are asked beside the owners of the culprit's files.", Text(""))),
        new("labels", new ListShape("Labels of a pull request, and of the issue where a person has to decide; default self-heal.", Text(""))),
    ]);

    private static readonly ObjectShape Redact = new("What is blotted out of traces before anything is written, beside whatever looks like a key.",
    [
        new("attributes", new ListShape("Names of attributes whose values are not kept; a `*` at the end stands for any rest.", new TextShape("", @"^[^\s*]+\*?$", "the name of an attribute, with a `*` at its end or nowhere"))),
        new("patterns", new ListShape("Regular expressions of text that is not kept, without look-around and back-references.", Text(""))),
    ]);

    private static readonly ObjectShape Retention = new("What `kintsugi serve` keeps of the traces that arrive; by default everything.",
    [
        new("age", Duration("Older traces are deleted; 720h are thirty days.")),
        new("size", Size("Of all traces on disk; the oldest are deleted.")),
        new("sample", new NumberShape("Share of the traces that are kept; those that failed or were slow always are.", 0, 1)),
        new("slow", Duration("A step that takes as long keeps its trace; default 10s.")),
    ]);

    private static readonly ObjectShape Sandbox = new("Where the agent runs.",
    [
        new("tier", new WordShape("auto takes the best that works here; default auto.", ["auto", "A", "B", "C", "E"])),
        new("unreachable", new ListShape("Hosts that the agent asks for and can do without (telemetry): a sample that fails beside them is still a result.",
            new TextShape("", "^[A-Za-z0-9_]([A-Za-z0-9_.-]{0,251}[A-Za-z0-9_])?$", "a host name such as stats.example.com"))),
        new("allow_unsandboxed", new FlagShape("Whether the repository's own code may run without a sandbox; default false.")),
    ]);

    private static readonly TextShape Mailbox = new("An address of e-mail.", @"^[^\s@<>,;]{1,64}@[A-Za-z0-9.-]{1,253}$", "an address such as team@example.com");

    private static readonly ObjectShape Notify = new("Who is told of incidents, once for each state (docs/notifications.md).",
    [
        new("slack", Text("Address of a Slack-compatible webhook, which is a secret; write ${VARIABLE}.")),
        new("email", new ObjectShape("By SMTP.",
        [
            new("smtp", new TextShape("The server: smtp://host:587, where TLS begins after the greeting, or smtps://host:465.", @"^smtps?://[A-Za-z0-9.-]{1,253}(:[0-9]{1,5})?$", "a server such as smtp://mail.example.com:587 or smtps://mail.example.com"), Required: true),
            new("user", Text("Where the server wants one; ${VARIABLE} expands.")),
            new("password", Text("Its password; write ${VARIABLE}.")),
            new("from", Mailbox with { About = "Who the mail is from." }, Required: true),
            new("to", new ListShape("Who gets it.", Mailbox, OrOne: true, Least: 1), Required: true),
        ])),
        new("on", new ListShape("States that are told of; default all: production alarmed, a regression is confirmed, a fix is proposed, a person has to decide, it is over.",
            new WordShape("", ["alarmed", "regressed", "proposed", "escalated", "closed"]), Least: 1)),
    ]);

    public static readonly ObjectShape Root = new("An agent under the care of Kintsugi.",
    [
        new("agent", Agent, Required: true),
        new("build", Build),
        new("components", Components),
        new("spec", Globs("Files that state what is intended; they decide between a regression and gold that is out of date.")),
        new("dataset", new ListShape("The golden dataset, JSON Lines: a file or a list of files.",
            new TextShape("", SharedPath, "a file relative to the agent's directory ('../' only at its beginning, no glob)"), OrOne: true, Least: 1), Required: true),
        new("scorers", new ListShape("What judges an answer; a sample passes when all of them pass it.", Scorers.ScorerKeys.Scorer, Least: 1), Required: true),
        new("gate", Gate),
        new("models", Models),
        new("upstreams", new NamedShape("What else the agent may reach, by the variable that tells it the address.", Upstream, Variable)),
        new("repair", Repair),
        new("review", Review),
        new("sandbox", Sandbox),
        new("redact", Redact),
        new("retention", Retention),
        new("notify", Notify),
    ]);
}

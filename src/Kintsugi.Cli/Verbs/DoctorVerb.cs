using System.CommandLine;
using Kintsugi.Cli.Output;
using Kintsugi.Evaluation;
using Kintsugi.Evaluation.Agents;
using Kintsugi.Evaluation.Scorers.Judging;
using Kintsugi.Forge;
using Kintsugi.Healing.Repair;
using Kintsugi.Models;
using Kintsugi.Models.Budgets;
using Kintsugi.Models.Providers;
using Kintsugi.Models.Providers.Simulated;
using Kintsugi.Models.Routing;
using Kintsugi.Sandbox;
using Kintsugi.Sandbox.Git;
using Kintsugi.Tracing.Dialects;
using Kintsugi.Tracing.Spans;

namespace Kintsugi.Cli.Verbs;

/// <summary>Says what works on this machine for this agent.</summary>
internal static class DoctorVerb
{
    /// <summary>What is looked at of the traces of production.</summary>
    private const int MostSpans = 1_000, MostTraces = 20, MostScopes = 12;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    public static Command Command()
    {
        var directory = Edge.AgentDirectory();
        return new Verb("doctor", "Says what works here: sandbox, git, kintsugi.yaml, providers and upstreams and their keys, and which instrumentations send traces.")
        {
            Arguments = { directory },
            Examples =
            [
                ("kintsugi doctor", "check this machine and the agent in this directory"),
            ],
            Exits =
            [
                (ExitStatus.Ok, "evaluations can run"),
                (ExitStatus.Bad, "something marked FAIL is in the way"),
            ],
        }.Does(async (parsed, cancellationToken) =>
        {
            var well = await SandboxAsync(cancellationToken);
            return await AgentAsync(parsed.GetValue(directory)!, cancellationToken) && well ? ExitStatus.Ok : ExitStatus.Bad;
        });
    }

    private static async Task<bool> SandboxAsync(CancellationToken cancellationToken)
    {
        try
        {
            var isolation = (await Sandboxes.OpenAsync("auto", allowUnsandboxed: false, cancellationToken)).Isolation;
            Say(true, "sandbox", $"tier {isolation.Tier}: {isolation.Description}");
            foreach (var stronger in Sandboxes.Tiers.TakeWhile(tier => tier != isolation.Tier)) await SayWhyNotAsync(stronger, cancellationToken);
            return true;
        }
        catch (SandboxUnavailableException e)
        {
            return Say(false, "sandbox", e.Message);
        }
    }

    private static async Task SayWhyNotAsync(string tier, CancellationToken cancellationToken)
    {
        try
        {
            await Sandboxes.OpenAsync(tier, allowUnsandboxed: false, cancellationToken);
        }
        catch (SandboxUnavailableException e)
        {
            Say(null, "sandbox", e.Message);
        }
    }

    private static async Task<bool> AgentAsync(string directory, CancellationToken cancellationToken)
    {
        try
        {
            await using var workspace = await Workspace.OpenAsync(directory, "HEAD", false, cancellationToken);
            Say(true, "git", $"{workspace.Git.TopLevel} at {workspace.Head.Id[..10]}");
            Say(true, "agent", $"{workspace.Agent.Name}, protocol {workspace.Agent.Protocol.ToString().ToLowerInvariant()}");
            foreach (var warning in workspace.Agent.Warnings) Say(null, "agent", warning);
            foreach (var warning in workspace.Policy.Warnings) Say(null, "policy", warning);
            var well = await ProvidersAsync(workspace, cancellationToken);
            SayUnknownPrices(workspace);
            SayRoles(workspace.Agent);
            await SayDelegateAsync(workspace, cancellationToken);
            foreach (var upstream in workspace.Agent.Upstreams)
                Say(true, "upstream", $"{upstream.Name} ({upstream.Url.Host}), {string.Join(", ", upstream.Methods)}: {(upstream.Secrets.Count == 0 ? "no key" : "key set")}");
            foreach (var remedy in await workspace.WiresNotSpokenAsync(cancellationToken)) Say(null, "wire", remedy);
            well &= await ReviewAsync(workspace, cancellationToken);
            var dataset = await workspace.ReadDatasetAsync(cancellationToken);
            Say(true, "dataset", $"{dataset.Samples.Count} samples, {dataset.HeldOut.Count()} held out");
            foreach (var warning in dataset.Warnings) Say(null, "dataset", warning);
            foreach (var judge in (await workspace.ScorersAsync(cancellationToken)).OfType<JudgeScorer>()) SayJudge(workspace, judge.InUse);
            await SayScopesAsync(workspace, cancellationToken);
            var baseline = workspace.ReadBaseline();
            return Say(baseline is null ? null : true, "baseline", baseline is null ? "none yet: run `kintsugi bless` on a good version" : $"{baseline.Commit[..10]}, blessed {baseline.BlessedAt:yyyy-MM-dd}") & well;
        }
        catch (Exception e) when (e is GitException or BadFileException or BadModelsConfigException or SandboxUnavailableException)
        {
            return Say(false, "agent", e.Message);
        }
    }

    /// <summary>Asks each provider what it serves: that tells a key that is refused from one that is good.</summary>
    private static async Task<bool> ProvidersAsync(Workspace workspace, CancellationToken cancellationToken)
    {
        var well = true;
        var providers = ProviderCatalogue.Create(workspace.Agent.Models, p => new SimulatedProvider(p.Name, SimulatedWeather.Calm, workspace.Clock), workspace.Clock);
        foreach (var (name, config) in workspace.Agent.Models.Providers)
        {
            using var provider = providers[name] as IDisposable;
            var check = config.Kind == "simulated"
                ? new ProviderCheck(true, "follows rubric lines; it is no language model")
                : await ProviderCheck.AskAsync(providers[name], config, Patience, workspace.Clock, cancellationToken);
            well &= Say(check.Well, "provider", $"{name} ({config.Kind}{(config.Url is null ? "" : $" at {config.Url.Host}")}): {check.Words}");
        }
        return well;
    }

    /// <summary>Whether the forge lets us read; what it lets us write shows when something is proposed.</summary>
    private static async Task<bool> ReviewAsync(Workspace workspace, CancellationToken cancellationToken)
    {
        if (workspace.Agent.Review.To == "local") return Say(true, "review", "local, as kintsugi.yaml is committed at HEAD: a fix becomes a branch of this repository");
        try
        {
            var place = (await workspace.ReviewAsync(cancellationToken))!;
            await ForgeReview.AskAsync(place, workspace.Agent.Name, cancellationToken);
            return Say(true, "review", $"{workspace.Agent.Review.To}: pull requests can be read. What a token must be allowed besides: docs/forges.md");
        }
        catch (UsageException e)
        {
            return Say(null, "review", e.Message);
        }
        catch (ForgeException e)
        {
            return Say(false, "review", e.Message);
        }
    }

    /// <summary>Without a budget in dollars nobody needs to know.</summary>
    private static void SayUnknownPrices(Workspace workspace)
    {
        var models = workspace.Agent.Models;
        if (models.Budgets.All(budget => budget.Usd is null)) return;
        var place = models.PricesFile ?? $"a file that `models.prices` of {AgentFile.FileName} names";
        foreach (var (provider, unknown) in UnknownPrices.Of(models, workspace.Prices, workspace.Agent.Prompt?.Model))
        {
            var what = unknown.Count == 0 ? "any model" : string.Join(", ", unknown);
            Say(null, "prices", $"none is known for {what} at {provider.Host}: the budget holds the dearest known price for such calls. Write them into {place}.");
        }
    }

    /// <summary>What is written of models that explain and repair, and leads to nobody.</summary>
    private static void SayRoles(AgentDefinition agent)
    {
        foreach (var role in (string[])[Role.Triage, Role.Repair])
            if (agent.Models.Roles.ContainsKey(role) && !agent.Models.HasLanguageModel(role))
                Say(null, role, $"models.roles.{role} leads to the simulated provider, which is no language model: nobody is asked. Name language models alone, or remove the role.");
        if (agent.Repair.Candidates > 1 && !agent.Models.HasLanguageModel(Role.Repair))
            Say(null, Role.Repair, "repair.candidates is set, and no language model writes any: name one in models.roles.repair.");
    }

    /// <summary>Whether a coding agent's program is there: what `build` installs is not looked for.</summary>
    private static async Task SayDelegateAsync(Workspace workspace, CancellationToken cancellationToken)
    {
        if (workspace.Agent.Repair.Delegate is not { } line || DelegateProgram.Of(line) is not { } program || await IsThereAsync(program, workspace, cancellationToken)) return;
        Say(null, "delegate", $"the sandbox has no `{program}`, with which repair.delegate begins{(workspace.Agent.Build is null ? "" : ", unless `build` installs it")}: have it below /usr, in the repository or installed by `build`.");
    }

    private static async Task<bool> IsThereAsync(string program, Workspace workspace, CancellationToken cancellationToken)
    {
        if (program.Contains('/', StringComparison.Ordinal) && !Path.IsPathRooted(program))
            return AgentFiles.FromTop(workspace.Git.Prefix, program) is { } path && (await workspace.Git.ListAsync(workspace.Head.Tree, cancellationToken)).Any(f => f.Path == path);
        var sandbox = await workspace.SandboxAsync(cancellationToken);
        var asked = new SandboxRequest { Command = ["/bin/sh", "-c", "command -v \"$1\"", "sh", program], Limits = new SandboxLimits(Patience) };
        return (await sandbox.RunAsync(asked, ReadOnlyMemory<byte>.Empty, cancellationToken)).Succeeded;
    }

    private static void SayJudge(Workspace workspace, JudgeInUse judge)
    {
        Say(judge.MayGate ? true : null, "judge", judge.Statement);
        foreach (var model in judge.Models.Where(m => workspace.Agent.Models.Providers[m.Split('/')[0]].Kind == "simulated"))
            Say(null, "judge", $"{model} follows rubric lines and is no language model. A judge needs one: name it in models.roles.judge of {AgentFile.FileName}.");
    }

    /// <summary>Which instrumentations the traces of production come from: what one of them keeps to itself is seen nowhere else.</summary>
    private static async Task SayScopesAsync(Workspace workspace, CancellationToken cancellationToken)
    {
        if (!File.Exists(Path.Combine(workspace.Directory, TraceSources.SpansFile))) return;
        await using var store = TraceSources.Open(workspace.Directory, null, "", workspace.Clock);
        var spans = await store.FindAsync(new SpanQuery(Limit: MostSpans), cancellationToken);
        var hasNotes = false;
        foreach (var trace in spans.Select(s => s.Trace).Distinct().Take(MostTraces)) hasNotes |= await store.ReadAsync(trace, cancellationToken) is { Notes.Count: > 0 };
        foreach (var seen in SeenScopes.Of(spans, hasNotes).Take(MostScopes))
        {
            Say(true, "traces", $"{(seen.Scope.Length == 0 ? "(unnamed)" : seen.Scope)}: {seen.Spans} of the newest {spans.Count} spans, last {seen.Newest:yyyy-MM-dd HH:mm}");
            if (seen.Remedy is { } remedy) Say(null, "traces", $"{seen.Scope} {remedy}");
        }
    }

    private static bool Say(bool? well, string what, string words)
    {
        Console.Out.WriteLine($"{(well switch { true => "ok  ", false => "FAIL", null => "note" })}  {what,-9} {Text.Plain(words, 400)}");
        return well != false;
    }
}

using System.CommandLine;
using System.Text.Json;
using Kintsugi.Cli.Output;
using Kintsugi.Evaluation.Agents;
using Kintsugi.Evaluation.Detection;
using Kintsugi.Models.Cassettes;

namespace Kintsugi.Cli.Verbs;

/// <summary>Runs the dataset on one version, prints the table, says whether it is worse.</summary>
internal static class EvalVerb
{
    public static Command Command()
    {
        var options = new Options(
            Edge.AgentDirectory(),
            new Option<string>("--version") { Description = "The version to evaluate.", DefaultValueFactory = _ => "HEAD" },
            new Option<bool>("--plan") { Description = "Run nothing: say how many runs it would take, what they can find and what more would, and what the last run of this agent says of their cost." },
            new Option<bool>("--all") { Description = "Every agent of the repository whose components differ from its blessed version." },
            new Option<bool>("--fast") { Description = "Stop as soon as the samples that have run decide. Slices, floor and table are then of those alone." },
            new Option<bool>("--allow-insufficient") { Description = "Exit with 0 where the runs cannot decide, or where there is no baseline." },
            new Option<bool>("--verbose") { Description = "List every failing sample, not the first twenty." },
            new Option<string?>("--trust")
            {
                Description = "The version is a stranger's, such as a fork's pull request, and this one is trusted: gate, scorers and their files, build, models, upstreams, review and baseline are read from it. "
                    + "No secret is used, recordings alone answer, and the code needs a sandbox. See docs/ci.md.",
                HelpName = "REF",
            },
            Edge.Cassette(),
            Edge.Json(),
            Edge.AllowUnsandboxed());
        return new Verb("eval", "Runs the golden dataset on a version, holds it against the blessed baseline, prints the table and the verdict.")
        {
            Arguments = { options.Directory },
            Options = { options.Version, options.Plan, options.All, options.Fast, options.AllowInsufficient, options.Verbose, options.Trust, options.Cassette, options.Json, options.Unsandboxed },
            Writes = "the run's results in .kintsugi/kintsugi.db; spans and an experiment where the environment names a collector or a LangSmith (docs/ingest.md, docs/langsmith.md)",
            Examples =
            [
                ("kintsugi eval", "evaluate HEAD of the agent in this directory"),
                ("kintsugi eval agents/scorer --version v1.4", "another agent, another version"),
                ("kintsugi eval --all", "in a repository of several agents: those that have changed"),
                ("kintsugi eval --plan", "how many runs it would take, before they are paid for"),
                ("kintsugi eval --fast", "where each run is dear: no more of them than it takes to tell"),
                ("kintsugi eval --cassette replay", "from recordings alone, with no key and no network"),
                ("kintsugi eval --trust origin/main --version pr-7", "a fork's pull request, judged by the settings of the main branch"),
                ("kintsugi eval --json --allow-insufficient > eval.json", "in CI; docs/eval.schema.json describes the document, eval-all.schema.json and eval-plan.schema.json those of --all and --plan"),
            ],
            Exits =
            [
                (ExitStatus.Ok, "healthy or flaky"),
                (ExitStatus.Bad, "regressed, or does not start; with --all, at least one of them"),
                (ExitStatus.Insufficient, "the runs cannot decide, or there is no baseline yet; 0 with --allow-insufficient"),
            ],
        }.Does((parsed, cancellationToken) =>
            parsed.GetValue(options.All) ? RunAllAsync(parsed, options, cancellationToken) : RunOneAsync(parsed, options, cancellationToken));
    }

    private static async Task<int> RunOneAsync(ParseResult parsed, Options options, CancellationToken cancellationToken)
    {
        await using var workspace = await WorkspaceAsync(parsed.GetValue(options.Directory)!, parsed, options, cancellationToken);
        var evaluation = await OpenAsync(workspace, "", cancellationToken);
        var json = parsed.GetValue(options.Json);
        if (parsed.GetValue(options.Plan))
        {
            if (json) Print(evaluation.Plan());
            else EvalPlanText.Write(Console.Out, evaluation.Plan());
            return ExitStatus.Ok;
        }
        var evaluated = await evaluation.RunAsync(parsed.GetValue(options.Fast), cancellationToken);
        if (json) Print(EvalDocument.From(evaluated));
        else EvalTable.Write(Console.Out, evaluated, parsed.GetValue(options.Verbose));
        if (workspace.TrustedBase is null) await ExperimentExport.SendAsync(workspace.Agent, evaluated, Environment.GetEnvironmentVariable, Console.Error, cancellationToken);
        return StatusOf(evaluated, parsed, options);
    }

    /// <summary>Every agent is opened before the first is run: a file that cannot be used is known before anything is paid for.</summary>
    private static async Task<int> RunAllAsync(ParseResult parsed, Options options, CancellationToken cancellationToken)
    {
        var (directory, version) = (parsed.GetValue(options.Directory)!, parsed.GetValue(options.Version)!);
        var agents = await Workspace.AgentsAsync(directory, version, cancellationToken);
        if (agents.Count == 0) throw new UsageException($"no {AgentFile.FileName} is committed at {version} in the repository of {directory}. Run `kintsugi init` in an agent's directory.");
        List<(string Path, VersionEvaluation Evaluation)> opened = [];
        try
        {
            foreach (var (path, full) in agents)
            {
                var workspace = await WorkspaceAsync(full, parsed, options, cancellationToken);
                try
                {
                    opened.Add((path, await OpenAsync(workspace, $"{path}: ", cancellationToken)));
                }
                catch
                {
                    await workspace.DisposeAsync();
                    throw;
                }
            }
            return await RunAllAsync(opened, parsed, options, cancellationToken);
        }
        finally
        {
            foreach (var (_, evaluation) in opened) await evaluation.Workspace.DisposeAsync();
        }
    }

    private static async Task<int> RunAllAsync(
        List<(string Path, VersionEvaluation Evaluation)> agents, ParseResult parsed, Options options, CancellationToken cancellationToken)
    {
        var (json, planOnly) = (parsed.GetValue(options.Json), parsed.GetValue(options.Plan));
        List<EvalOfAgent> told = [];
        List<int> statuses = [ExitStatus.Ok];
        foreach (var (path, evaluation) in agents)
        {
            EvaluatedVersion? evaluated = null;
            var plan = evaluation.HasChanged && (json || planOnly) ? evaluation.Plan() : null; // before the run, which it would else take for the last one
            if (!json) Console.Out.WriteLine($"{(path.Length == 0 ? "." : Text.Plain(path, 200))}: {Text.Plain(evaluation.Workspace.Agent.Name, 60)}{(evaluation.HasChanged ? "" : ", as it was blessed: not run")}");
            if (plan is not null && !json) EvalPlanText.Write(Console.Out, plan);
            if (evaluation.HasChanged && !planOnly)
            {
                evaluated = await evaluation.RunAsync(parsed.GetValue(options.Fast), cancellationToken);
                statuses.Add(StatusOf(evaluated, parsed, options));
                if (!json) EvalTable.Write(Console.Out, evaluated, parsed.GetValue(options.Verbose));
                if (evaluation.Workspace.TrustedBase is null) await ExperimentExport.SendAsync(evaluation.Workspace.Agent, evaluated, Environment.GetEnvironmentVariable, Console.Error, cancellationToken);
            }
            told.Add(new EvalOfAgent(
                path, evaluation.Workspace.Agent.Name, evaluation.HasChanged, plan, evaluated is null ? null : EvalDocument.From(evaluated)));
        }
        if (json) Print(new EvalAllDocument(told));
        return statuses.Contains(ExitStatus.Bad) ? ExitStatus.Bad : statuses.Max(); // one that is worse outweighs one that is undecided
    }

    private static async Task<VersionEvaluation> OpenAsync(Workspace workspace, string prefix, CancellationToken cancellationToken)
    {
        foreach (var warning in await workspace.WarningsAsync(cancellationToken)) await Console.Error.WriteLineAsync($"warning: {prefix}{Text.Plain(warning, 400)}");
        return await VersionEvaluation.OpenAsync(workspace, cancellationToken);
    }

    private static Task<Workspace> WorkspaceAsync(string directory, ParseResult parsed, Options options, CancellationToken cancellationToken)
    {
        var version = parsed.GetValue(options.Version)!;
        if (parsed.GetValue(options.Trust) is not { } trusted) return Workspace.OpenAsync(directory, version, parsed.GetValue(options.Unsandboxed), ModeOf(parsed, options), cancellationToken);
        if (parsed.GetValue(options.Cassette) is { } mode and not CassetteMode.Replay)
            throw new UsageException($"--trust goes with --cassette replay alone, not {mode.ToString().ToLowerInvariant()}: a stranger's version gets no key.");
        if (parsed.GetValue(options.Unsandboxed)) throw new UsageException("--trust does not go with --allow-unsandboxed: a stranger's code runs in a sandbox only.");
        return Workspace.OpenStrangersAsync(directory, version, trusted, cancellationToken);
    }

    private static CassetteMode ModeOf(ParseResult parsed, Options options) => parsed.GetValue(options.Cassette) ?? CassetteMode.Auto;

    private static int StatusOf(EvaluatedVersion evaluated, ParseResult parsed, Options options) =>
        evaluated.Run.StartFailure is not null ? ExitStatus.Bad : ExitStatus.Of(evaluated.Verdict?.Kind ?? VerdictKind.Insufficient, parsed.GetValue(options.AllowInsufficient));

    private static void Print<T>(T document) => Console.Out.WriteLine(JsonSerializer.Serialize(document, HealDocument.Json));

    private sealed record Options(
        Argument<string> Directory, Option<string> Version, Option<bool> Plan, Option<bool> All, Option<bool> Fast, Option<bool> AllowInsufficient, Option<bool> Verbose, Option<string?> Trust,
        Option<CassetteMode?> Cassette, Option<bool> Json, Option<bool> Unsandboxed);
}

using Kintsugi.Evaluation;
using Kintsugi.Evaluation.Agents;
using Kintsugi.Evaluation.Agents.Building;
using Kintsugi.Evaluation.Datasets;
using Kintsugi.Evaluation.Running;
using Kintsugi.Evaluation.Scorers;
using Kintsugi.Models;
using Kintsugi.Sandbox;

namespace Kintsugi.Healing.Triage;

/// <summary>A version to put on the stand: a commit, or a composition of its hunks that no commit holds.</summary>
/// <param name="Foreign">Whether a model or a stranger wrote any of it.</param>
public sealed record StandVersion(string Commit, string Tree, bool Foreign = false);

/// <summary>A command line to run among the files of a version.</summary>
public sealed record StandCommand(string Line, SandboxLimits Limits)
{
    /// <summary>An empty host directory that keeps what it writes, see <see cref="Workspace.Keep"/>; null to throw that away.</summary>
    public string? Keep { get; init; }

    /// <summary>See <see cref="SandboxRequest.Gateway"/>; null for no way out.</summary>
    public Action<System.Net.Sockets.Socket>? Gateway { get; init; }

    /// <summary>Besides the agent's own variables.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();
}

/// <summary>Runs any version of one agent on chosen samples, all judged by head's scorers.</summary>
/// <remarks>How a version starts is read from its own kintsugi.yaml; what is asked of it is not, or a version could lower its own bar.</remarks>
public sealed class AgentStand(
    Layouts layouts, BuildLayers builds, EvalRunner runner, Func<CancellationToken, Task<ISandbox>> sandbox,
    AgentDefinition head, IReadOnlyList<IScorer> scorers, Func<string, AgentDefinition> parse, IProgress<EvalProgress>? progress)
{
    /// <summary>Runs <paramref name="samples"/>, each in <paramref name="epochs"/>.</summary>
    /// <returns>A run whose <see cref="EvalRun.StartFailure"/> is set when the version's own kintsugi.yaml cannot be read, or its build fails.</returns>
    /// <exception cref="BuildNetworkException">Its build was refused a host, or could not reach one.</exception>
    public Task<EvalRun> RunAsync(
        StandVersion version, IReadOnlyList<Sample> samples, IReadOnlyList<int> epochs, Recall recall, string purpose, CancellationToken cancellationToken) =>
        RunAsync(version, [.. samples.Select(s => new PlannedSample(s, epochs))], EvalCourse.None, recall, purpose, cancellationToken);

    /// <summary>Asks inputs that have no target, afresh: whatever is answered passes.</summary>
    /// <returns>As <see cref="RunAsync(StandVersion, IReadOnlyList{Sample}, IReadOnlyList{int}, Recall, string, CancellationToken)"/>.</returns>
    /// <exception cref="BuildNetworkException">Its build was refused a host, or could not reach one.</exception>
    public Task<EvalRun> AskAsync(StandVersion version, IReadOnlyList<Sample> samples, IReadOnlyList<int> epochs, string purpose, CancellationToken cancellationToken) =>
        RunAsync(version, [.. samples.Select(s => new PlannedSample(s, epochs))], EvalCourse.None, [new AnyAnswer()], Recall.Fresh, purpose, cancellationToken);

    /// <summary>Runs <paramref name="plan"/>, and what <paramref name="course"/> makes follow on it.</summary>
    /// <returns>A run whose <see cref="EvalRun.StartFailure"/> is set when the version's own kintsugi.yaml cannot be read, or its build fails.</returns>
    /// <exception cref="BuildNetworkException">Its build was refused a host, or could not reach one.</exception>
    public Task<EvalRun> RunAsync(
        StandVersion version, IReadOnlyList<PlannedSample> plan, EvalCourse course, Recall recall, string purpose, CancellationToken cancellationToken) =>
        RunAsync(version, plan, course, scorers, recall, purpose, cancellationToken);

    private async Task<EvalRun> RunAsync(
        StandVersion version, IReadOnlyList<PlannedSample> plan, EvalCourse course, IReadOnlyList<IScorer> judges, Recall recall, string purpose, CancellationToken cancellationToken)
    {
        var (definition, built) = await PrepareAsync(version, cancellationToken);
        return built.Failure is { } failure
            ? NotStarted(plan, course, purpose, failure)
            : await runner.RunAsync(new EvalRequest(definition, built.Version, plan, recall, purpose) { Course = course }, judges, progress, cancellationToken);
    }

    /// <summary>Runs the agent's own tests of that version.</summary>
    /// <returns>Null when the agent has none. A version that cannot be built fails them.</returns>
    public async Task<SandboxResult?> TestAsync(StandVersion version, CancellationToken cancellationToken)
    {
        if (head.Test is null) return null;
        var trusted = await layouts.TrustedAsync(version.Commit, cancellationToken);
        return await RunAsync(version, new StandCommand(head.Test, new SandboxLimits(Wall: TimeSpan.FromMinutes(10), MemoryBytes: head.MemoryBytes)), [trusted.Path], cancellationToken);
    }

    /// <summary>Runs any command line among the version's files, beside tests and specifications as the version's commit has them, and without the golden dataset.</summary>
    /// <returns>A version that cannot be built fails it.</returns>
    /// <exception cref="SandboxUnavailableException">There is no sandbox for it.</exception>
    public async Task<SandboxResult> CommandAsync(StandVersion version, StandCommand command, CancellationToken cancellationToken)
    {
        var judges = await layouts.JudgesAsync(version.Commit, cancellationToken);
        return await RunAsync(version, command, [judges.Path], cancellationToken);
    }

    private async Task<SandboxResult> RunAsync(StandVersion version, StandCommand command, IReadOnlyList<string> above, CancellationToken cancellationToken)
    {
        var (_, (laidOut, failure)) = await PrepareAsync(version, cancellationToken);
        if (failure is not null) return new SandboxResult(new SandboxExit(1, null), "", failure, TimeSpan.Zero);
        var box = await sandbox(cancellationToken);
        return await box.RunAsync(
            new SandboxRequest
            {
                Command = ["/bin/sh", "-c", command.Line],
                Workspace = new Workspace([.. laidOut.Layers, .. above], laidOut.MountAt) { Keep = command.Keep },
                WorkingDirectory = laidOut.AgentPath,
                Environment = new Dictionary<string, string>(laidOut.Variables.Concat(head.Environment).Concat(command.Environment).GroupBy(v => v.Key).Select(same => same.Last())),
                Gateway = command.Gateway,
                Limits = command.Limits,
            },
            ReadOnlyMemory<byte>.Empty, cancellationToken);
    }

    private async Task<(AgentDefinition Definition, BuiltVersion Built)> PrepareAsync(StandVersion version, CancellationToken cancellationToken)
    {
        if (version.Foreign && !(await sandbox(cancellationToken)).Isolation.HoldsForeignCode)
            throw new SandboxUnavailableException("A, B or C", "Code that a model or a stranger wrote runs in a sandbox only. Install bubblewrap, then run `kintsugi doctor`.");
        var laidOut = await layouts.LayOutAsync(version.Commit, version.Tree, version.Foreign, cancellationToken);
        AgentDefinition definition;
        try
        {
            definition = DefinitionOf(laidOut);
        }
        catch (BadFileException e)
        {
            return (head, new BuiltVersion(laidOut, e.Message));
        }
        return (definition, await builds.BuildAsync(definition, laidOut, cancellationToken));
    }

    /// <summary>The version's own way to build and start, with head's models, upstreams, sandbox and network.</summary>
    private AgentDefinition DefinitionOf(LaidOutVersion version)
    {
        var file = version.Find(AgentFiles.FromTop(version.AgentPath, AgentFile.FileName)!)
            ?? throw new BadFileException(AgentFile.FileName, null, $"commit {version.Commit[..Math.Min(10, version.Commit.Length)]} has no such file in '{version.AgentPath}'.");
        var own = parse(File.ReadAllText(file));
        return head with
        {
            Protocol = own.Protocol,
            Run = own.Run,
            Prompt = own.Prompt,
            Environment = own.Environment,
            Build = own.Build is null ? null : own.Build with { Network = head.Build?.Network ?? BuildNetwork.None },
            Processes = own.Processes,
            InFlight = own.InFlight,
            StartTimeout = own.StartTimeout,
            Timeout = own.Timeout,
        };
    }

    private static EvalRun NotStarted(IReadOnlyList<PlannedSample> plan, EvalCourse course, string purpose, string why)
    {
        List<SampleResult> results = [];
        for (var next = plan; next is not null; next = course.Next(results)) results.AddRange(next.SelectMany(p => p.Epochs.Select(epoch => NotStarted(p.Sample, epoch, why))));
        return new EvalRun("", purpose, results, RunCost.None, TimeSpan.Zero, why);
    }

    private static SampleResult NotStarted(Sample sample, int epoch, string why) => new(
        sample.Id, epoch, Outcome.Failed, null, new AgentError("exited", why), null, [], TimeSpan.Zero, RunCost.None, Tracing.Trajectory.Empty);

    private sealed class AnyAnswer : IScorer
    {
        public string Name => "answer";

        public string Hash => "";

        public ValueTask<Score> ScoreAsync(Answer answer, CancellationToken cancellationToken) => ValueTask.FromResult(new Score(Name, 1, true, "It is an answer."));
    }
}

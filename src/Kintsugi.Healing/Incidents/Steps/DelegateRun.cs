using System.Globalization;
using System.Text;
using Kintsugi.Evaluation.Agents;
using Kintsugi.Evaluation.Running;
using Kintsugi.Healing.Prompts;
using Kintsugi.Healing.Repair;
using Kintsugi.Healing.Review;
using Kintsugi.Healing.Triage;
using Kintsugi.Models;
using Kintsugi.Models.Cassettes;
using Kintsugi.Models.Gateway;
using Kintsugi.Models.Roles;
using Kintsugi.Models.Routing;
using Kintsugi.Sandbox;
using Kintsugi.Sandbox.Git;
using Kintsugi.Sandbox.Results;

namespace Kintsugi.Healing.Incidents.Steps;

/// <summary>A coding agent's command line writes the change: it finds its task in a file, works on the files as they lie there, and what it leaves is the change.</summary>
/// <remarks>Its only way out is the gateway, by which role `repair` is answered; without a model for that role it has none.</remarks>
internal sealed class DelegateRun(
    CandidateFiles files, IncidentState state, HealContext context, ModelGateway gateway, AgentEdge edge, Redaction redaction, string directory, ConversationLimits limits) : IWriter
{
    public const string TaskFile = "KINTSUGI_TASK.md";

    private const int LongestOutput = 2_000, LongestError = 200;

    /// <summary>What a shell ends with whose command may not be run, or is not there.</summary>
    private const int NotExecutable = 126, NotFound = 127;

    private static readonly Prompt[] Prompts = [Prompt.Repair, Prompt.RepairFiles];

    // Coding agents are programs of a hundred megabytes that start others.
    private const long MemoryBytes = 4L << 30;
    private const int Processes = 1_024;

    public async Task<WrittenChange> WriteAsync(string data, SampleCalls calls, CancellationToken cancellationToken)
    {
        var (result, refusal) = await RunAsync(data, calls, cancellationToken);
        ThrowIfWorld(calls, result);
        ThrowIfNoProgram(calls, result);
        var output = $"exit {result.Exit.Code} {result.Exit.Limit}; {calls.Calls.Count} model calls\n{StrangersText.End(result.Output, LongestOutput)}\n{StrangersText.End(result.Error, LongestOutput)}";
        var step = new WriterStep("command", StrangersText.OneLine(context.Agent.Repair.Delegate!, 1_000), StrangersText.Block(redaction.Apply(output), 80, 2 * LongestOutput));
        var why = refusal ?? (files.Written.Count == 0 ? string.Create(CultureInfo.InvariantCulture, $"nothing: the command ended with {result.Exit.Code}{(result.Exit.Limit is { } limit ? $" ({limit})" : "")} and changed no file{(ErrorOf(result) is { Length: > 0 } error ? $": {error}" : "")}") : null);
        return new WrittenChange(new Writing(files.Written, StrangersText.OneLine(redaction.Apply(StrangersText.End(result.Output, LongestOutput)), 1_000), [step]) { Prompts = [.. Prompts.Select(p => p.Use)] }, why, RunCost.None);
    }

    private async Task<(SandboxResult Result, string? Refusal)> RunAsync(string data, SampleCalls calls, CancellationToken cancellationToken)
    {
        var (keep, task) = (Path.Combine(directory, Guid.NewGuid().ToString("N")), AgentFiles.FromTop(context.AgentPath, TaskFile)!);
        var tree = await context.Git.WriteTreeAsync(context.Head.Tree, [new TreeEdit(task, "100644", Encoding.UTF8.GetBytes(TaskText(data)))], cancellationToken);
        await using var seat = context.Agent.Models.HasLanguageModel(Role.Repair) ? await edge.OpenSeatAsync(gateway, cancellationToken) : null;
        seat?.Begin(calls);
        var command = new StandCommand(context.Agent.Repair.Delegate!, new SandboxLimits(limits.Longest, MemoryBytes, Processes))
        {
            Keep = keep,
            Gateway = seat is null ? null : seat.Accept,
            Environment = new Dictionary<string, string>(seat?.ModelVariables ?? new Dictionary<string, string>()) { ["PYTHONDONTWRITEBYTECODE"] = "1" },
        };
        var result = await context.Stand.CommandAsync(new StandVersion(context.Head.Id, tree, Foreign: true), command, cancellationToken);
        if (!Directory.Exists(keep)) return (result, null); // it could not be built, so nothing was run
        using var left = HostileDirectory.Open(keep);
        return (result, files.TakeOver(left, task));
    }

    /// <summary>Line breaks in JSON's strings are escaped, so no line of the data begins with what would end the fence.</summary>
    private string TaskText(string data) =>
        $"# Your task\n\n{Prompt.Joined(Prompts)}\n\n```json\n{redaction.Apply(data)}\n```\n";

    /// <summary>The last line that it wrote on standard error; empty for none.</summary>
    private string ErrorOf(SandboxResult result) =>
        StrangersText.OneLine(redaction.Apply(result.Error.Split('\n').LastOrDefault(line => !string.IsNullOrWhiteSpace(line)) ?? ""), LongestError);

    /// <summary>A program that cannot be started is a fault of the set-up, and no attempt will go better; one that has asked its model has been started, whatever it ends with.</summary>
    private void ThrowIfNoProgram(SampleCalls calls, SandboxResult result)
    {
        if (result.Exit is not { Code: NotExecutable or NotFound, Limit: null } || calls.Calls.Count > 0 || files.Written.Count > 0) return;
        throw new WorldFailedException(
            1, 1, [string.Create(CultureInfo.InvariantCulture, $"repair.delegate: exit {result.Exit.Code}, {ErrorOf(result)}")],
            $"The sandbox cannot start `{StrangersText.OneLine(context.Agent.Repair.Delegate!, LongestError)}`: have the program below /usr, in the repository or installed by `build`, or correct `repair.delegate`. {LookRunner.NotCounted(state)}");
    }

    /// <summary>A command that got no answer to its last question, and has nothing to show for it, was let down; unless by what it asked itself.</summary>
    private void ThrowIfWorld(SampleCalls calls, SandboxResult result)
    {
        if (calls.Calls is not [.., { Fault: { } fault } last] || Faults.MayBeProvoked(fault) || (result.Succeeded && files.Written.Count > 0)) return;
        throw new ModelUnavailableException(calls.Role, fault, last.WorldFault!);
    }
}

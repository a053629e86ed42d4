using System.CommandLine;
using Kintsugi.Evaluation;
using Kintsugi.Evaluation.Scorers;
using Kintsugi.Healing.Incidents;
using Kintsugi.Sandbox;
using Kintsugi.Sandbox.Git;
using Kintsugi.Storage;

namespace Kintsugi.Cli.Verbs;

/// <summary>Where commands meet the shell: exceptions become one line and an exit status.</summary>
internal static class Edge
{
    public static Argument<string> AgentDirectory() => new("DIR")
    {
        Description = "The agent's directory, the one with kintsugi.yaml.",
        DefaultValueFactory = _ => ".",
    };

    public static Option<bool> Json() => new("--json") { Description = "Print one documented JSON document on standard output; progress goes to standard error." };

    public static Option<bool> AllowUnsandboxed() => new("--allow-unsandboxed")
    {
        Description = "Run the agent without a sandbox. Works only when kintsugi.yaml also says `sandbox: { allow_unsandboxed: true }`.",
    };

    /// <summary>Gives <paramref name="command"/> its action, with the exit statuses that every verb shares.</summary>
    public static Command Does(this Command command, Func<ParseResult, CancellationToken, Task<int>> action)
    {
        command.SetAction(async (parsed, cancellationToken) =>
        {
            try
            {
                return await action(parsed, cancellationToken);
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                await Console.Error.WriteLineAsync("Cancelled. What was done is kept; run the same command to go on.");
                return ExitStatus.Cancelled;
            }
            catch (Exception e) when (e is BadFileException or GitException or StorageFormatException or UsageException)
            {
                await Console.Error.WriteLineAsync($"kintsugi: {e.Message}");
                return ExitStatus.Usage;
            }
            catch (Exception e) when (e is SandboxUnavailableException or WorldFailedException or StorageException or ScorerException or IncidentMovedException or IOException)
            {
                await Console.Error.WriteLineAsync($"kintsugi: {e.Message}");
                return ExitStatus.World;
            }
        });
        return command;
    }
}

/// <summary>The command line asks for something that cannot be done.</summary>
internal sealed class UsageException(string message) : Exception(message);

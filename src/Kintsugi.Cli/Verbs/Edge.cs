using System.CommandLine;
using System.Data.Common;
using Kintsugi.Cli.Output;
using Kintsugi.Evaluation;
using Kintsugi.Evaluation.Agents.Building;
using Kintsugi.Evaluation.Running;
using Kintsugi.Evaluation.Scorers;
using Kintsugi.Forge;
using Kintsugi.Healing.Incidents;
using Kintsugi.Models;
using Kintsugi.Models.Cassettes;
using Kintsugi.Sandbox;
using Kintsugi.Sandbox.Git;
using Kintsugi.Storage;

namespace Kintsugi.Cli.Verbs;

/// <summary>Where commands meet the shell: exceptions become one line and an exit status.</summary>
internal static class Edge
{
    /// <summary>Set to 1 to see the stack of an unexpected exception.</summary>
    public const string Debug = "KINTSUGI_DEBUG";

    public static Argument<string> AgentDirectory() => Directory("The agent's directory, the one with kintsugi.yaml.");

    public static Argument<string> Directory(string description) => new("DIR") { Description = description, DefaultValueFactory = _ => "." };

    /// <summary>For verbs whose argument is something else.</summary>
    public static Option<string> DirectoryOption() => new("--dir")
    {
        Description = "The agent's directory, the one with kintsugi.yaml.",
        HelpName = "DIR",
        DefaultValueFactory = _ => ".",
    };

    public static Option<bool> Json() => new("--json") { Description = "Print one documented JSON document on standard output; progress goes to standard error." };

    public static Option<bool> AllowUnsandboxed() => new("--allow-unsandboxed")
    {
        Description = "Run the agent without a sandbox. Works only when kintsugi.yaml also says `sandbox: { allow_unsandboxed: true }`.",
    };

    public static Option<CassetteMode?> Cassette()
    {
        var option = new Option<CassetteMode?>("--cassette")
        {
            Description = "Whether recordings answer in place of models and upstreams: `auto` where nothing depends on a fresh draw, `live` never and nothing is recorded, `record` never and everything is, "
                + "`replay` always and nobody is asked. Default: `auto`. See docs/cassettes.md.",
        };
        option.AcceptOnlyFromAmong([.. Enum.GetNames<CassetteMode>().Select(n => n.ToLowerInvariant())]);
        return option;
    }

    /// <exception cref="UsageException">The verb needs fresh draws, and only recordings may answer.</exception>
    public static CassetteMode FreshCassette(ParseResult parsed, Option<CassetteMode?> option, string why) =>
        parsed.GetValue(option) is var mode && mode == CassetteMode.Replay
            ? throw new UsageException($"{parsed.CommandResult.Command.Name} cannot be replayed: {why}. Use --cassette auto, live or record, or `kintsugi eval --cassette replay`.")
            : mode ?? CassetteMode.Auto;

    /// <summary>Gives <paramref name="command"/> its action, with the exit statuses that every verb shares.</summary>
    public static T Does<T>(this T command, Func<ParseResult, CancellationToken, Task<int>> action)
        where T : Command
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
            catch (Exception e)
            {
                var (status, words) = Answer(e);
                await Console.Error.WriteLineAsync($"kintsugi: {words}");
                return status;
            }
        });
        return command;
    }

    /// <summary>What the shell and the person are told of an exception.</summary>
    internal static (int Status, string Words) Answer(Exception e) => e switch
    {
        BadFileException or UnusableBaseException or GitException or StorageFormatException or UsageException or BadModelsConfigException or BranchTakenException
            or UnusablePlaceException or InvalidDataException => (ExitStatus.Usage, OneLine(e)),
        SandboxUnavailableException or BuildNetworkException or WorldFailedException or BudgetSpentException or ForgeException or StorageException or ScorerException or IncidentMovedException => (ExitStatus.World, OneLine(e)),
        DbException => (ExitStatus.World, $"the database .kintsugi/kintsugi.db cannot be used: {OneLine(e)} Free disk space, or end what holds it, and run again."),
        IOException or UnauthorizedAccessException => (ExitStatus.World, OneLine(e)),
        _ => (ExitStatus.World, Unexpected(e)),
    };

    private static string Unexpected(Exception e)
    {
        var line = $"unexpected {e.GetType().Name}: {OneLine(e)}";
        return Environment.GetEnvironmentVariable(Debug) == "1"
            ? $"{line}\n{e}"
            : $"{line} This is a fault of Kintsugi: please open an issue with what `{Debug}=1` and the same command print.";
    }

    /// <summary>A message may quote file names and what git said: strangers' words.</summary>
    private static string OneLine(Exception e) => Text.Plain(e.Message, 1000);
}

/// <summary>The command line asks for something that cannot be done.</summary>
internal sealed class UsageException(string message) : Exception(message);

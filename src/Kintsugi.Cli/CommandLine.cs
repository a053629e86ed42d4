using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Parsing;
using System.Text.RegularExpressions;
using Kintsugi.Cli.Output;
using Kintsugi.Cli.Verbs;
using Kintsugi.Evaluation;

namespace Kintsugi.Cli;

/// <summary>All verbs, and how they are found, refused and helped with.</summary>
internal static partial class CommandLine
{
    public static RootCommand Root()
    {
        var root = new RootCommand(
            "Keeps LLM agents well: evaluates an agent against its golden dataset, tells a regression from noise, proves the cause, mends it in a sandbox, and proposes the fix.")
        {
            DemoVerb.Command(),
            InitVerb.Command(),
            DoctorVerb.Command(),
            EvalVerb.Command(),
            BlessVerb.Command(),
            HealVerb.Command(),
            IncidentVerb.Command(),
            VersionsVerb.Command(),
            CiVerb.Command(),
            DatasetVerb.Command(),
            JudgeVerb.Command(),
            ServeVerb.Command(),
            WatchVerb.Command(),
            TraceVerb.Command(),
            CassetteVerb.Command(),
            DocumentsVerb.Command(),
        };
        var help = root.Options.OfType<HelpOption>().Single();
        help.Action = new VerbHelp((HelpAction)help.Action!);
        return root;
    }

    public static async Task<int> RunAsync(IReadOnlyList<string> arguments)
    {
        var parsed = Root().Parse(arguments);
        if (Refusal(parsed) is { } refusal)
        {
            await Console.Error.WriteLineAsync($"kintsugi: {refusal}");
            return ExitStatus.Usage;
        }
        return await parsed.InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false });
    }

    /// <summary>Why the words given are no command, with the nearest that is; null when they are one.</summary>
    private static string? Refusal(ParseResult parsed)
    {
        if (parsed.Action is VerbHelp) return null;
        // A misspelt option is taken for the directory: whoever has one of that name writes ./-name.
        var stranger = parsed.CommandResult.Children.OfType<ArgumentResult>().SelectMany(a => a.Tokens).Select(t => t.Value).FirstOrDefault(IsOption)
            ?? parsed.UnmatchedTokens.FirstOrDefault(IsOption)
            ?? (parsed.UnmatchedTokens.Count > 0 ? parsed.UnmatchedTokens[0] : null);
        if (parsed.Errors.Count == 0 && (stranger is null || !IsOption(stranger))) return null;
        var command = parsed.CommandResult.Command;
        var see = $"See `{PathOf(command)} --help`.";
        if (stranger is not null && IsOption(stranger))
            return $"{PathOf(command)} has no option '{Text.Plain(stranger, 60)}'. {Spelling.Remedy(stranger, OptionNames(command))} {see}";
        if (command.Subcommands.Any(c => !c.Hidden))
        {
            string[] verbs = [.. command.Subcommands.Where(c => !c.Hidden).Select(c => c.Name)];
            return stranger is null
                ? $"say what to do: {string.Join(", ", verbs.Select(v => $"{PathOf(command)} {v}"))}. {see}"
                : $"'{Text.Plain(stranger, 60)}' is no verb of {PathOf(command)}. {Spelling.Remedy(stranger, verbs)} {see}";
        }
        return stranger is null
            ? $"{Text.Plain(TypeName().Replace(parsed.Errors[0].Message, ""))} {see}"
            : $"'{Text.Plain(stranger, 60)}' is one word too many for {PathOf(command)}. {see}";
    }

    private static bool IsOption(string word) => word.Length > 1 && word[0] == '-';

    /// <summary>The library tells of a type of ours, which says nothing to a person.</summary>
    [GeneratedRegex(" as expected type '[^']*'")]
    private static partial Regex TypeName();

    /// <summary>The words that lead to a command, `kintsugi incident show`.</summary>
    public static string PathOf(Command command) =>
        command.Parents.OfType<Command>().FirstOrDefault() is { } parent ? $"{PathOf(parent)} {command.Name}" : "kintsugi";

    /// <summary>The options of a command as they are written, those that are not hidden.</summary>
    public static IReadOnlyList<string> OptionNames(Command command) =>
        [.. command.Options.Where(o => !o.Hidden).Select(o => o.Name), "--help"];
}

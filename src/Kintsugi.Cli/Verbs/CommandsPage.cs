using System.CommandLine;
using System.Text;

namespace Kintsugi.Cli.Verbs;

/// <summary>docs/commands.md: every verb as its help tells of it.</summary>
internal static class CommandsPage
{
    public static string Text()
    {
        var page = new StringBuilder("""
            # Commands

            `kintsugi VERB [DIR]`: DIR is the agent's directory, the one with `kintsugi.yaml`, and defaults to the current one. Verbs whose argument is
            something else (`bless [REF]`, `incident show INCIDENT`) take it as `--dir DIR`. With `--json` one document stands on standard output; progress
            and errors go to standard error. Versions are anything git knows a commit by. An unexpected exception shows its stack with `KINTSUGI_DEBUG=1`.
            Colours follow the terminal; `NO_COLOR=1` and redirection turn them off.

            This page is made from the code: `kintsugi documents docs` rewrites it.

            """.ReplaceLineEndings("\n"));
        page.Append("\nEvery verb may answer to the shell:\n\n| exit status | |\n|---|---|\n");
        foreach (var (status, meaning) in ExitStatus.Shared) page.Append($"| {status} | {meaning} |\n");
        foreach (var verb in Verbs(CommandLine.Root())) Append(page, verb);
        return page.ToString();
    }

    /// <summary>Every verb that a person can give, in the order of the help.</summary>
    public static IEnumerable<Verb> Verbs(Command command) =>
        command.Subcommands.Where(c => !c.Hidden).SelectMany(c => c is Verb verb ? [verb] : Verbs(c));

    private static void Append(StringBuilder page, Verb verb)
    {
        var arguments = string.Concat(verb.Arguments.Select(a => a.HasDefaultValue ? $" [{a.Name}]" : $" {a.Name}"));
        page.Append($"\n## `{CommandLine.PathOf(verb)}{arguments}`\n\n{verb.Description}\n\n");
        if (verb.Writes is { } writes) page.Append($"Writes: {writes}\n\n");
        page.Append("| | |\n|---|---|\n");
        foreach (var argument in verb.Arguments) page.Append($"| `{argument.Name}` | {Cell(argument.Description)} |\n");
        foreach (var option in verb.Options.Where(o => !o.Hidden)) page.Append($"| `{option.Name}{Value(option)}` | {Cell(option.Description)}{Default(option)} |\n");
        page.Append("\n```sh\n");
        foreach (var (line, purpose) in verb.Examples) page.Append($"{line}  # {purpose}\n");
        page.Append("```\n\n| exit status | |\n|---|---|\n");
        foreach (var (status, meaning) in verb.Exits) page.Append($"| {status} | {meaning} |\n");
    }

    private static string Value(Option option) =>
        option.ValueType == typeof(bool) ? "" : $" {option.HelpName ?? (Choices(option.ValueType) is { Length: > 0 } choices ? choices : option.Name.TrimStart('-').ToUpperInvariant())}";

    private static string Choices(Type type) =>
        (Nullable.GetUnderlyingType(type) ?? type) is { IsEnum: true } named ? string.Join(',', Enum.GetNames(named)).ToLowerInvariant() : "";

    private static string Default(Option option) =>
        option.HasDefaultValue && option.ValueType != typeof(bool) ? $" Default: `{option.GetDefaultValue()}`." : "";

    private static string Cell(string? text) => (text ?? "").Replace("|", "\\|", StringComparison.Ordinal);
}

using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace Kintsugi.Cli.Verbs;

/// <summary>The help of a verb: its options, then examples, what it writes, and what it answers to the shell.</summary>
internal sealed class VerbHelp(HelpAction options) : SynchronousCommandLineAction
{
    public override int Invoke(ParseResult parseResult)
    {
        options.Invoke(parseResult);
        var output = parseResult.InvocationConfiguration.Output;
        switch (parseResult.CommandResult.Command)
        {
            case Verb verb:
                foreach (var line in Lines(verb)) output.WriteLine(line);
                break;
            case RootCommand:
                output.WriteLine("`kintsugi VERB --help` says more of each. Begin with `kintsugi demo`, or in your agent's directory with `kintsugi init`.");
                break;
        }
        return ExitStatus.Ok;
    }

    private static IEnumerable<string> Lines(Verb verb)
    {
        if (verb.Writes is { } writes)
        {
            yield return "Writes:";
            yield return $"  {writes}";
            yield return "";
        }
        if (verb.Examples.Count > 0)
        {
            yield return "Examples:";
            var width = verb.Examples.Max(e => e.CommandLine.Length);
            foreach (var (line, purpose) in verb.Examples) yield return $"  {line.PadRight(width)}  # {purpose}";
            yield return "";
        }
        yield return "Exit status:";
        foreach (var (status, meaning) in verb.Exits.Concat(ExitStatus.Shared)) yield return $"  {status,3}  {meaning}";
    }
}

using System.ComponentModel;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Kintsugi.Evaluation.Datasets;
using Kintsugi.Evaluation.Running;
using Kintsugi.Healing.Repair;
using Kintsugi.Healing.Review;
using Kintsugi.Healing.Triage;
using Kintsugi.Sandbox;
using Microsoft.Extensions.AI;

namespace Kintsugi.Healing.Incidents.Steps;

/// <summary>What a model may do while it writes a change: look, edit, try. Each tool is bounded in what it does and in what it says.</summary>
/// <remarks>Nothing here touches a file of the host: files are git's and the candidate's, commands and agents run in the sandbox as foreign code.</remarks>
internal sealed class WriterTools(CandidateFiles files, IncidentState state, HealContext context, int attempt, ConversationLimits limits) : IToolBox
{
    private const int MostListed = 400, MostHits = 100, LongestHit = 200, MostSamplesAtOnce = 10;

    private static readonly TimeSpan LongestCommand = TimeSpan.FromSeconds(120);
    private static readonly TimeSpan LongestMatch = TimeSpan.FromMilliseconds(200);

    private readonly ShownFiles _shown = new(files);
    private int _rehearsals;
    private int _sampleRuns;

    /// <summary>What its runs of the agent have cost.</summary>
    public RunCost Cost { get; private set; } = RunCost.None;

    /// <summary>The model's own words on its change; null until it submits.</summary>
    public string? Submitted { get; private set; }

    public string Work => "change";

    public bool IsHandedIn => Submitted is not null;

    public IList<AITool> All =>
    [
        AIFunctionFactory.Create(List, "list", "Lists files of the repository."),
        AIFunctionFactory.Create(ReadAsync, "read", "Reads lines of a file, each with its number."),
        AIFunctionFactory.Create(SearchAsync, "search", "Finds lines that a regular expression matches."),
        AIFunctionFactory.Create(EditAsync, "edit", "Replaces a text that stands exactly once in a file by another."),
        AIFunctionFactory.Create(Write, "write", "Writes a whole file, new or in place of what it held."),
        AIFunctionFactory.Create(RunAsync, "run", "Runs a shell command in the agent's directory, in a sandbox without network. What it writes is thrown away."),
        AIFunctionFactory.Create(RunSamplesAsync, "run_samples", "Asks the agent, as it is changed, visible samples, and says which pass and why others do not."),
        AIFunctionFactory.Create(DiffAsync, "diff", "Shows what has been changed so far."),
        AIFunctionFactory.Create(Submit, "submit", "Hands the change in to be judged. Nothing can be changed afterwards."),
    ];

    private string List([Description("A directory from the repository's top; empty for all.")] string directory = "")
    {
        var below = directory.Trim('/') is { Length: > 0 } named and not "." ? named + "/" : "";
        var found = files.Paths.Where(p => p.StartsWith(below, StringComparison.Ordinal)).ToList();
        if (found.Count == 0) throw new ToolMistakeException($"There is no file below '{directory}'. List the top with an empty directory.");
        return Lines(found, MostListed, $"of {found.Count} files; name a directory to see others");
    }

    private async Task<string> ReadAsync(
        [Description("Path from the repository's top.")] string path,
        [Description("First line, from 1.")] int from = 1,
        [Description("How many lines.")] int lines = 200,
        CancellationToken cancellationToken = default) => await _shown.ReadAsync(path, from, lines, cancellationToken);

    private async Task<string> SearchAsync(
        [Description("Regular expression, held against each line.")] string pattern,
        [Description("Only files whose path begins so; empty for all.")] string below = "",
        CancellationToken cancellationToken = default)
    {
        Regex expression;
        try
        {
            expression = new Regex(pattern, RegexOptions.NonBacktracking | RegexOptions.CultureInvariant, LongestMatch);
        }
        catch (Exception e) when (e is ArgumentException or NotSupportedException)
        {
            throw new ToolMistakeException($"The pattern cannot be used: {e.Message} Lookarounds and back-references are not known.");
        }
        List<string> hits = [];
        foreach (var path in files.Paths.Where(p => p.StartsWith(below, StringComparison.Ordinal)))
        {
            if (await files.ReadAsync(path, cancellationToken) is not { } content || content.Length > CandidateFiles.LargestFile || content.Span.Contains((byte)0)) continue;
            foreach (var (number, line) in Encoding.UTF8.GetString(content.Span).Split('\n').Index())
                if (hits.Count <= MostHits && IsMatch(expression, line)) hits.Add(string.Create(CultureInfo.InvariantCulture, $"{path}:{number + 1}: {StrangersText.CodeLine(line, LongestHit)}"));
            if (hits.Count > MostHits) break;
        }
        return hits.Count == 0 ? "Nothing matches." : Lines(hits, MostHits, "are shown; narrow the pattern");
    }

    private static bool IsMatch(Regex expression, string line)
    {
        try
        {
            return expression.IsMatch(line);
        }
        catch (RegexMatchTimeoutException)
        {
            throw new ToolMistakeException("The pattern takes too long. Use a simpler one.");
        }
    }

    private async Task<string> EditAsync(
        [Description("Path from the repository's top.")] string path,
        [Description("The text to replace, exactly as it stands there, with enough around it to stand there once.")] string old,
        [Description("What to put in its place.")] string @new,
        CancellationToken cancellationToken = default)
    {
        var text = await _shown.TextAsync(path, cancellationToken);
        if (text.Contains("\r\n", StringComparison.Ordinal)) (old, @new) = (old.ReplaceLineEndings("\r\n"), @new.ReplaceLineEndings("\r\n")); // `read` shows line feeds alone
        var at = old.Length == 0 ? -1 : text.IndexOf(old, StringComparison.Ordinal);
        if (at < 0) throw new ToolMistakeException($"The text does not stand in {path}. Read the file and copy the text exactly, without line numbers.");
        if (text.IndexOf(old, at + 1, StringComparison.Ordinal) >= 0) throw new ToolMistakeException($"The text stands more than once in {path}. Take in more of what is around it.");
        return Put(path, string.Concat(text.AsSpan(0, at), @new, text.AsSpan(at + old.Length)));
    }

    private string Write([Description("Path from the repository's top.")] string path, [Description("All that the file shall hold.")] string content) => Put(path, content);

    private string Put(string path, string content) => files.Write(path, content) is { } refusal ? throw new ToolMistakeException($"{refusal}.") : $"{path} is written.";

    private async Task<string> RunAsync(
        [Description("A command line, read by /bin/sh.")] string command,
        [Description("Seconds after which it is stopped; at most 120.")] int seconds = 60,
        CancellationToken cancellationToken = default)
    {
        if (command.Contains('\0', StringComparison.Ordinal)) throw new ToolMistakeException("A command holds no NUL.");
        var wall = TimeSpan.FromSeconds(Math.Clamp(seconds, 1, LongestCommand.TotalSeconds));
        var result = await context.Stand.CommandAsync(
            await VersionAsync(cancellationToken),
            new StandCommand(command, new SandboxLimits(wall, context.Agent.MemoryBytes, OutputBytes: 1 << 20)), cancellationToken);
        return $"exit {result.Exit.Code}{(result.Exit.Limit is { } limit ? $" ({limit})" : "")}\n{Ends("output", result.Output)}{Ends("error", result.Error)}";
    }

    private async Task<string> RunSamplesAsync(
        [Description("Ids of visible samples; none for those that fail most.")] string[]? samples = null,
        CancellationToken cancellationToken = default)
    {
        var chosen = Chosen([.. (samples ?? []).OfType<string>()]);
        if (_sampleRuns + chosen.Count > limits.SampleRuns) throw new ToolMistakeException($"{_sampleRuns} of {limits.SampleRuns} runs of samples are used. Submit what you have.");
        _sampleRuns += chosen.Count;
        var run = await context.Stand.RunAsync(await VersionAsync(cancellationToken), chosen, Draws.Rehearse(attempt, _rehearsals++), state.OwnRecordings, "rehearse", cancellationToken);
        Cost += run.Cost;
        LookRunner.ThrowIfDown(run, state);
        var failed = run.Results.Where(r => r.Outcome == Outcome.Failed).Select(r => FailureTraces.Of(context.SampleOf(r.SampleId), r)).ToList();
        return CaseView.Write(new
        {
            Passed = run.Results.Where(r => r.Outcome == Outcome.Passed).Select(r => r.SampleId),
            Failed = failed.Select(CaseView.Of),
            NotCounted = run.Results.Count(r => r.Outcome == Outcome.World),
            DoesNotStart = run.StartFailure is { } why ? StrangersText.Block(why, 40, 2_000) : null,
        });
    }

    /// <summary>A held-out sample is unknown here, like one that does not exist.</summary>
    private List<Sample> Chosen(string[] ids)
    {
        if (ids.Length == 0) return [.. LookRunner.Suspects(state.Looks[^1]).Take(MostSamplesAtOnce / 2).Select(c => context.SampleOf(c.SampleId))];
        var known = context.Dataset.Visible.ToDictionary(s => s.Id, StringComparer.Ordinal);
        if (ids.FirstOrDefault(id => !known.ContainsKey(id)) is { } unknown) throw new ToolMistakeException($"There is no visible sample '{StrangersText.OneLine(unknown, 80)}'.");
        return [.. ids.Distinct(StringComparer.Ordinal).Take(MostSamplesAtOnce).Select(id => known[id])];
    }

    private async Task<string> DiffAsync(CancellationToken cancellationToken = default)
    {
        var text = await context.Git.DiffTextAsync(context.Head.Tree, await files.TreeAsync(cancellationToken), cancellationToken);
        return text.Length == 0 ? "Nothing is changed yet." : text;
    }

    private string Submit([Description("In two sentences: what was wrong, and what you changed.")] string summary = "")
    {
        if (files.Written.Count == 0) throw new ToolMistakeException("Nothing is changed yet, so there is nothing to judge. Edit files first.");
        Submitted = summary;
        return "Handed in.";
    }

    private async Task<StandVersion> VersionAsync(CancellationToken cancellationToken) => new(context.Head.Id, await files.TreeAsync(cancellationToken), Foreign: true);

    private static string Lines(List<string> lines, int most, string rest) =>
        string.Join('\n', lines.Take(most)) + (lines.Count > most ? $"\n({most} {rest})" : "");

    /// <summary>The beginning and the end: where a command fails is said last, what fails often first.</summary>
    private static string Ends(string name, string text)
    {
        const int half = 3_000;
        if (text.Length == 0) return "";
        return text.Length <= 2 * half ? $"{name}:\n{text.TrimEnd()}\n" : $"{name}:\n{text[..half]}\n… ({text.Length - (2 * half)} characters left out) …\n{text[^half..].TrimEnd()}\n";
    }
}

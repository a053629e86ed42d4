using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Kintsugi.Cli.Output;
using Kintsugi.Evaluation.Datasets.Proposing;

namespace Kintsugi.Cli.Verbs;

/// <summary>Proposes cases for the dataset from what the agent did in production.</summary>
internal static class DatasetFromTraces
{
    public static Verb Command()
    {
        var options = new Options(
            Edge.AgentDirectory(),
            new Option<string?>("--from") { Description = $"Traces in a file, JSON Lines; docs/gold.md says how a line looks. Default: what `serve` keeps in {TraceSources.SpansFile}.", HelpName = "FILE" },
            new Option<string?>("--store") { Description = "Where `serve` keeps spans, as it was told: a connection string of PostgreSQL. Default: the file beside the agent.", HelpName = "WHERE" },
            new Option<int>("--most") { Description = "Propose at most so many cases.", HelpName = "N", DefaultValueFactory = _ => 50 },
            new Option<string?>("--since") { Description = "Only traces that began since: a time (2026-11-28, 2026-11-28T10:00Z) or an age (30m, 24h, 7d).", HelpName = "TIME" },
            new Option<string?>("--service") { Description = "Only traces of this service.", HelpName = "NAME" },
            new Option<string?>("--version") { Description = "Only traces of this version, as the sender calls it.", HelpName = "NAME" },
            new Option<int>("--seed") { Description = "Decides between equals.", HelpName = "N", DefaultValueFactory = _ => 1 },
            Edge.Json());
        return new Verb("from-traces", "Proposes cases from traces: one of every kind of failure, then what is least like the dataset; near-duplicates are left out. A person says what becomes gold: `dataset review`.")
        {
            Arguments = { options.Directory },
            Options = { options.From, options.Store, options.Most, options.Since, options.Service, options.Version, options.Seed, options.Json },
            Writes = "the proposals in .kintsugi/kintsugi.db; the dataset stays as it is",
            Examples =
            [
                ("kintsugi dataset from-traces", "what did production see that the dataset lacks"),
                ("kintsugi dataset from-traces --from traces.jsonl --since 7d --version 1.4.2 --most 20", "of one release's first week"),
            ],
            Exits = [(ExitStatus.Ok, "proposed, or nothing was left to propose")],
        }.Does((parsed, cancellationToken) => RunAsync(parsed, options, cancellationToken));
    }

    private static async Task<int> RunAsync(ParseResult parsed, Options options, CancellationToken cancellationToken)
    {
        var most = parsed.GetValue(options.Most);
        if (most < 1) throw new UsageException($"--most is {most}. Write 1 or more.");
        await using var workspace = await Workspace.OpenAsync(parsed.GetValue(options.Directory)!, "HEAD", false, Models.Cassettes.CassetteMode.Replay, cancellationToken);
        var selection = new TraceSelection(Since(parsed.GetValue(options.Since), workspace.Clock), parsed.GetValue(options.Service), parsed.GetValue(options.Version));
        var traces = parsed.GetValue(options.From) is { } file
            ? await TraceSources.FromFileAsync(file, selection, cancellationToken)
            : await TraceSources.FromStoreAsync(workspace.Directory, parsed.GetValue(options.Store), selection, workspace.Clock, cancellationToken);
        var choice = await ProposedCases.AddAsync(workspace, traces, most, parsed.GetValue(options.Seed), cancellationToken);
        if (parsed.GetValue(options.Json))
        {
            var made = choice.Samples.Select(s => s.InputHash).ToHashSet(StringComparer.Ordinal);
            var rows = new ProposalStore(workspace.Database, workspace.Clock).List(workspace.Agent.Name, ProposalState.Open).Where(p => made.Contains(p.Id)).Select(ProposalRow.Of);
            Console.Out.WriteLine(JsonSerializer.Serialize(
                new FromTracesDocument(choice.Traces, choice.Failed, choice.FailureClusters, choice.ClustersCovered, choice.WithoutInput, choice.Known, choice.NearDuplicates, [.. rows]), HealDocument.Json));
        }
        else
        {
            Tell(choice);
        }
        return ExitStatus.Ok;
    }

    private static void Tell(ProposalChoice choice)
    {
        Console.Out.WriteLine($"{choice.Traces} traces, {choice.Failed} of them failed in {choice.FailureClusters} ways; {choice.ClustersCovered} of these ways are covered now.");
        Console.Out.WriteLine($"Left out: {choice.Known} inputs that are known or were refused, {choice.NearDuplicates} near-duplicates, {choice.WithoutInput} traces without an input.");
        foreach (var sample in choice.Samples) Console.Out.WriteLine($"  {sample.InputHash[..10]}  {Text.Plain(ProposalScreen.Why(sample.Why), 70)}");
        Console.Out.WriteLine(choice.Samples.Count == 0 ? "Nothing new to propose." : $"{choice.Samples.Count} proposed. Say what becomes gold: kintsugi dataset review");
    }

    /// <exception cref="UsageException">It is neither a time nor an age.</exception>
    internal static DateTimeOffset? Since(string? text, TimeProvider clock)
    {
        if (text is null) return null;
        if (text.Length > 1 && double.TryParse(text.AsSpan(0, text.Length - 1), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var count) && count < 100_000)
        {
            TimeSpan? age = text[^1] switch { 'm' => TimeSpan.FromMinutes(count), 'h' => TimeSpan.FromHours(count), 'd' => TimeSpan.FromDays(count), _ => null };
            if (age is { } ago) return clock.GetUtcNow() - ago;
        }
        return DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time)
            ? time
            : throw new UsageException($"'{Text.Plain(text, 60)}' is no time. Write 2026-11-28, 2026-11-28T10:00Z, or an age: 30m, 24h, 7d.");
    }

    private sealed record Options(
        Argument<string> Directory, Option<string?> From, Option<string?> Store, Option<int> Most, Option<string?> Since, Option<string?> Service, Option<string?> Version, Option<int> Seed, Option<bool> Json);
}

using System.ComponentModel;
using System.Globalization;
using Kintsugi.Evaluation.Datasets;
using Kintsugi.Evaluation.Detection;
using Kintsugi.Evaluation.Running;
using Kintsugi.Healing.Incidents;
using Kintsugi.Healing.Review;
using Kintsugi.Models.Cassettes;
using Kintsugi.Sandbox.Git;
using Spectre.Console;
using Markup = Spectre.Console.Markup;

namespace Kintsugi.Cli.Output;

/// <summary>One version on the dataset, beside the baseline.</summary>
/// <param name="Verdict">Null when there is no baseline to hold it against.</param>
/// <param name="TrustedBase">The version by which a stranger's was judged; null for one of our own.</param>
internal sealed record EvaluatedVersion(
    Commit Version, Dataset Dataset, IReadOnlyList<SampleRecord> Records, EvalRun Run, VerdictView? Verdict, CassetteMode Cassette, Commit? TrustedBase, IReadOnlyList<EvalJudge> Judges);

/// <summary>What `eval --json` prints.</summary>
internal sealed record EvalDocument(
    [property: Description("The version that was evaluated, a commit id.")] string Version,
    [property: Description("Id of the stored run.")] string Run,
    [property: Description("`healthy`, `flaky`, `regressed`, `insufficient`, `incomparable`, or `no_baseline`.")] string Verdict,
    [property: Description("The verdict for a person; null without a baseline.")] string? Plain,
    [property: Description("The statistical statement; null without a baseline.")] string? Exact,
    [property: Description("Over the samples that both have runs of; null without a baseline.")] HealRate? Baseline,
    [property: Description("Over the same samples as the baseline's; over all where there is none, or no sample can be compared.")] HealRate Candidate,
    [property: Description("Every tag that marks a part of the samples, each held against the baseline by itself; empty without a baseline.")] IReadOnlyList<HealSlice> Slices,
    [property: Description("Every sample of the dataset, in its order.")] IReadOnlyList<EvalSample> Samples,
    [property: Description("The models that judge; empty when no scorer is one.")] IReadOnlyList<EvalJudge> Judges,
    HealCost Cost,
    [property: Description("`replay`: recordings alone answered, so nothing may be done for this verdict; else whether answers were recorded.")] CassetteMode Cassette,
    [property: Description("With `--trust`: the commit by whose settings a stranger's version was judged; else null.")] string? TrustedBase,
    [property: Description("Why the agent does not start; null when it does.")] string? StartFailure,
    [property: Description("In milliseconds.")] long DurationMs)
{
    public const string NoBaseline = "no_baseline";

    public static EvalDocument From(EvaluatedVersion e) => new(
        e.Version.Id, e.Run.Id, e.Verdict is { } v ? Words.Snake(v.Kind) : NoBaseline, e.Verdict?.Plain, e.Verdict?.Exact,
        e.Verdict is { } verdict ? HealRate.From(verdict.Baseline) : null, HealRate.From(e.Verdict?.Candidate ?? IncidentReports.RateOf(e.Records.Select(r => r.Head))),
        [.. (e.Verdict?.Slices ?? []).Select(HealSlice.From)],
        [.. e.Records.Select(r => new EvalSample(r.SampleId, r.Baseline, r.Head))], e.Judges,
        new HealCost(e.Run.Cost.AgentRuns, e.Run.Cost.ModelCalls, e.Run.Cost.LiveModelCalls, e.Run.Cost.Tokens, e.Run.Cost.Usd),
        e.Cassette, e.TrustedBase?.Id, e.Run.StartFailure, (long)e.Run.Duration.TotalMilliseconds);
}

/// <summary>What `eval --all --json` prints.</summary>
internal sealed record EvalAllDocument(
    [property: Description("Every agent of the repository, by path.")] IReadOnlyList<EvalOfAgent> Agents);

internal sealed record EvalOfAgent(
    [property: Description("The agent's directory from the top of the repository; empty for the top itself.")] string Path,
    string Agent,
    [property: Description("Whether a component differs from the blessed version, or nothing comparable was blessed; only then it is run.")] bool Changed,
    [property: Description("Null when it is not run.")] EvalPlanDocument? Plan,
    [property: Description("Null when it was not run.")] EvalDocument? Evaluation);

internal sealed record EvalSample(
    string Id,
    [property: Description("One character a run: `1` passed, `0` failed; empty when the baseline does not know the sample.")] string Baseline,
    [property: Description("Likewise; `w`: the world failed.")] string Candidate);

/// <summary>The table that a person reads.</summary>
internal static class EvalTable
{
    private const int FewSamples = 20;

    /// <param name="all">Whether every failing sample is listed, or the first of them.</param>
    /// <param name="hides">Whether held-out samples are counted only: others than their keeper read what is written.</param>
    public static void Write(TextWriter output, EvaluatedVersion evaluation, bool all, bool hides = false)
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(output) });
        if (Console.IsOutputRedirected) console.Profile.Width = 140;
        console.Write(ByTag(evaluation));
        Failures(console, evaluation, all, hides);
        foreach (var judge in evaluation.Judges) output.WriteLine(Text.Plain(judge.Sentence, 900));
        Verdict(console, evaluation);
    }

    private static Table ByTag(EvaluatedVersion evaluation)
    {
        var records = evaluation.Records.ToDictionary(r => r.SampleId);
        var table = new Table().Border(TableBorder.Simple).AddColumn("samples").AddColumn(new TableColumn("count").RightAligned())
            .AddColumn(new TableColumn("baseline").RightAligned()).AddColumn(new TableColumn("this version").RightAligned()).AddColumn("95 % interval").AddColumn("worse?");
        foreach (var tag in evaluation.Dataset.Samples.SelectMany(s => s.Tags).Distinct().Order(StringComparer.Ordinal).Take(30))
            Row(table, Text.Plain(tag, 40), evaluation.Verdict?.Slices.FirstOrDefault(s => s.Tags.Contains(tag)), [.. evaluation.Dataset.Samples.Where(s => s.Tags.Contains(tag)).Select(s => records[s.Id])]);
        Row(table, "all", null, [.. evaluation.Records]);
        return table;
    }

    private static void Row(Table table, string name, SliceVerdict? slice, IReadOnlyList<SampleRecord> records)
    {
        var (baseline, head) = (IncidentReports.RateOf(records.Select(r => r.Baseline)), IncidentReports.RateOf(records.Select(r => r.Head)));
        table.AddRow(
            Markup.Escape(name), records.Count.ToString(CultureInfo.InvariantCulture), baseline.Runs == 0 ? "–" : Percent(baseline.Value), head.Runs == 0 ? "–" : Percent(head.Value),
            $"{Percent(head.Low)} to {Percent(head.High)}", slice is null ? "" : $"{(slice.Rose ? "[red]worse[/], " : "")}{PValue.InWords(slice.PValue)}");
    }

    private static void Failures(IAnsiConsole console, EvaluatedVersion evaluation, bool all, bool hides)
    {
        var hidden = evaluation.Records.Where(r => hides && r.HeldOut).Select(r => r.SampleId).ToHashSet(StringComparer.Ordinal);
        var failing = evaluation.Run.Results.Where(r => r.Outcome != Outcome.Passed).GroupBy(r => r.SampleId).OrderBy(g => g.Key, StringComparer.Ordinal).ToList();
        var keptBack = failing.RemoveAll(sample => hidden.Contains(sample.Key));
        foreach (var sample in all ? failing : failing.Take(FewSamples))
        {
            var shown = sample.First();
            console.MarkupLine($"  [red]{Markup.Escape(Text.Plain(sample.Key, 60))}[/] {sample.Count()} of {evaluation.Records.First(r => r.SampleId == sample.Key).Head.Length}: {Markup.Escape(Text.Plain(Why(shown), 160))}");
        }
        if (!all && failing.Count > FewSamples) console.MarkupLine($"  … and {failing.Count - FewSamples} more; --verbose lists them all");
        if (keptBack > 0) console.MarkupLine($"  {keptBack} of {hidden.Count} held-out samples failed a run; which, and why, is kept back");
    }

    /// <summary>Why a run did not pass; strangers' words.</summary>
    public static string Why(SampleResult shown)
    {
        var refused = shown.Trajectory.ModelCalls.Select(c => c.Refusal).FirstOrDefault(r => r is not null) is { } refusal ? $"the model call was refused ({refusal}); " : "";
        return refused + (shown.WorldFault is { } fault ? $"world: {fault}"
            : shown.Error is { } error ? $"{error.Type}: {error.Message}"
            : string.Join("; ", shown.Scores.Where(s => !s.Passed).Select(s => $"{s.Scorer}{(s.Advisory ? " (advises)" : "")}: {s.Reason}")));
    }

    private static void Verdict(IAnsiConsole console, EvaluatedVersion evaluation)
    {
        console.WriteLine();
        if (evaluation.Run.StartFailure is { } failure) console.MarkupLine($"[red]The agent does not start:[/] {Markup.Escape(Text.Plain(failure, 500))}");
        if (evaluation.Verdict is { } verdict)
        {
            console.MarkupLine($"[bold]{Words.Snake(verdict.Kind)}[/]: {Markup.Escape(verdict.Plain)}");
            console.MarkupLine(Markup.Escape(verdict.Exact));
        }
        else
        {
            console.MarkupLine($"[bold]{EvalDocument.NoBaseline}[/]: there is nothing to hold this version against (or it was judged by other scorers). When it is good, run `kintsugi bless`.");
        }
        if (evaluation.TrustedBase is { } trusted)
            console.MarkupLine(Markup.Escape(StrangersNote(trusted.Id)));
        else if (evaluation.Cassette == CassetteMode.Replay)
            console.MarkupLine("[bold]Replayed:[/] recordings alone answered, and nobody was asked. It says what this version makes of those answers; what is to be acted on is asked afresh by `kintsugi eval`, `bless` and `heal`.");
        var cost = evaluation.Run.Cost;
        console.MarkupLine(string.Create(CultureInfo.InvariantCulture,
            $"[dim]{cost.AgentRuns} agent runs, {cost.ModelCalls} model calls, {cost.Tokens} tokens, {(cost.Usd is { } usd ? $"{usd:0.####} USD" : "price unknown")}, {evaluation.Run.Duration.TotalSeconds:0.0} s; version {evaluation.Version.Id[..10]}, run {Markup.Escape(evaluation.Run.Id)}[/]"));
    }

    /// <summary>What is said of every evaluation of a stranger's version.</summary>
    public static string StrangersNote(string trusted) =>
        $"Replay only: a stranger's version gets no key, so recordings alone answered. Gate, scorers, build, models, upstreams and baseline are those of {trusted[..10]}; its code ran as foreign code, in the sandbox.";

    private static string Percent(double rate) => string.Create(CultureInfo.InvariantCulture, $"{100 * rate:0.0} %");
}

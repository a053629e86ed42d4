using System.CommandLine;
using System.Globalization;
using Kintsugi.Cli.Output;
using Kintsugi.Evaluation.Datasets;
using Kintsugi.Evaluation.Scorers;
using Kintsugi.Healing.Incidents;

namespace Kintsugi.Cli.Verbs;

/// <summary>Runs K fresh epochs of a version and makes them the baseline.</summary>
internal static class BlessVerb
{
    private const int MostNamed = 8;

    public static Command Command()
    {
        var revision = new Argument<string>("REF") { Description = "The version to bless.", DefaultValueFactory = _ => "HEAD" };
        var directory = Edge.DirectoryOption();
        var cassette = Edge.Cassette();
        var unsandboxed = Edge.AllowUnsandboxed();
        return new Verb("bless", $"Runs fresh epochs of a version and makes them the baseline, {Baseline.RelativePath}: commit it, so that a clean clone can gate.")
        {
            Arguments = { revision },
            Options = { directory, cassette, unsandboxed },
            Writes = $"{Baseline.RelativePath}, to be committed, and the runs' results in .kintsugi/kintsugi.db",
            Examples =
            [
                ("kintsugi bless", "make HEAD the version that others are held against"),
                ("kintsugi bless v1.4 --dir agents/scorer", "an earlier version, another agent"),
            ],
        }.Does(async (parsed, cancellationToken) =>
        {
            var mode = Edge.FreshCassette(parsed, cassette, "a baseline is made of fresh draws alone, and recordings are old ones");
            await using var workspace = await Workspace.OpenAsync(
                parsed.GetValue(directory)!, parsed.GetValue(revision)!, parsed.GetValue(unsandboxed), mode, cancellationToken);
            var dataset = await workspace.ReadDatasetAsync(cancellationToken);
            var scorers = await workspace.ScorersAsync(cancellationToken);
            DatasetFile.Check(dataset, scorers);
            Scorers.ThrowIfAllAdvise(scorers);
            using var progress = new ProgressLine();
            var baseline = await Blessing.BlessAsync(workspace, workspace.Stand(scorers, progress), dataset, scorers, cancellationToken);
            progress.Dispose();

            var rate = IncidentReports.RateOf(baseline.Samples.Values.Select(s => s.Outcomes));
            Console.Out.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"Blessed {workspace.Head.Id[..10]}: {rate.Passed} of {rate.Runs} runs passed ({100 * rate.Value:0.0} %, 95 % interval {100 * rate.Low:0.0} to {100 * rate.High:0.0}), {dataset.Samples.Count} samples × {baseline.Runs} runs."));
            if (workspace.Agent.Gate.Floor is { } floor && rate.Value < floor)
                await Console.Error.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"warning: that is below gate.floor, {100 * floor:0.#} %: versions as bad as this one will pass for as good as the baseline."));
            foreach (var warning in Warnings(baseline, dataset)) await Console.Error.WriteLineAsync($"warning: {Text.Plain(warning, 400)}");
            Console.Out.WriteLine($"Commit {Baseline.RelativePath}, so that every clone holds new versions against it.");
            return ExitStatus.Ok;
        });
    }

    /// <summary>What makes it a baseline that is good for less than it seems.</summary>
    private static IEnumerable<string> Warnings(Baseline baseline, Dataset dataset)
    {
        var without = dataset.Samples.Count(s => baseline.Samples.GetValueOrDefault(s.Id) is not { Outcomes.Length: > 0 });
        if (without > 0) yield return $"{without} {(without == 1 ? "sample has" : "samples have")} no outcome, because the world failed on every run: no version is held against them until you bless again.";
        List<string> broken = [.. dataset.Samples.Where(s => s.Critical && baseline.Samples.GetValueOrDefault(s.Id) is { } b && b.Outcomes.Contains('0', StringComparison.Ordinal)).Select(s => s.Id)];
        if (broken.Count > 0) yield return $"critical samples fail in this version already, so that it cannot be seen when they break: {string.Join(", ", broken)}.";
        List<string> never = [.. dataset.Samples.Where(s => baseline.Samples.GetValueOrDefault(s.Id) is { Outcomes: { Length: > 0 } outcomes } && !outcomes.Contains('1', StringComparison.Ordinal)).Select(s => s.Id)];
        if (never.Count > 0 && never.Count < dataset.Samples.Count)
            yield return $"{never.Count} {(never.Count == 1 ? "sample passes" : "samples pass")} in no run of this version, so that no version is held to them: {string.Join(", ", never.Take(MostNamed))}{(never.Count > MostNamed ? ", …" : "")}. Where a better version passes them, bless that one and run `kintsugi heal`.";
        if (baseline.Samples.Values.All(s => !s.Outcomes.Contains('1', StringComparison.Ordinal))) yield return "no run passed: every version is as good as this one.";
    }
}

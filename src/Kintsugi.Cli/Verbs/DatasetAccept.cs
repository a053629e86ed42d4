using System.CommandLine;
using System.Text.Json.Nodes;
using Kintsugi.Cli.Output;
using Kintsugi.Evaluation.Datasets;
using Kintsugi.Evaluation.Running;
using Kintsugi.Evaluation.Scorers;
using Kintsugi.Healing.Incidents;
using Kintsugi.Healing.Incidents.Steps;
using Kintsugi.Healing.Triage;

namespace Kintsugi.Cli.Verbs;

/// <summary>Brings the dataset along with a change that was meant.</summary>
internal static class DatasetAccept
{
    public static Verb Command()
    {
        var options = new Options(
            Edge.AgentDirectory(),
            new Option<string?>("--incident") { Description = "Only the samples that this incident's version is worse on. Default: all that HEAD fails.", HelpName = "ID" },
            new Option<string[]>("--sample") { Description = "Only these.", HelpName = "ID", AllowMultipleArgumentsPerToken = true },
            new Option<bool>("--yes") { Description = "Write without asking." },
            Edge.AllowUnsandboxed());
        return new Verb("accept", "For a change that was meant: runs the version afresh, and makes the answers that it gives every time the targets of the samples that it fails. Samples that disagree with themselves stay as they are and are named.")
        {
            Arguments = { options.Directory },
            Options = { options.Incident, options.Samples, options.Yes, options.Unsandboxed },
            Writes = "`target` of those samples in the dataset file, once a person agrees",
            Examples =
            [
                ("kintsugi dataset accept --incident 3f9c2e81", "the change that this incident is about was meant"),
                ("kintsugi dataset accept --sample lead-007 --yes", "one sample, without a question"),
            ],
            Exits =
            [
                (ExitStatus.Ok, "written, or nothing was to be written"),
                (ExitStatus.Bad, "there was something to write, and nobody agreed"),
            ],
        }.Does((parsed, cancellationToken) => RunAsync(parsed, options, cancellationToken));
    }

    private static async Task<int> RunAsync(ParseResult parsed, Options options, CancellationToken cancellationToken)
    {
        var state = parsed.GetValue(options.Incident) is { } incident ? await PeekAsync(parsed.GetValue(options.Directory)!, incident, cancellationToken) : null;
        await using var workspace = await Workspace.OpenAsync(parsed.GetValue(options.Directory)!, state?.Head.Id ?? "HEAD", parsed.GetValue(options.Unsandboxed), cancellationToken);
        var dataset = await workspace.ReadDatasetAsync(cancellationToken);
        var scorers = await workspace.ScorersAsync(cancellationToken);
        DatasetFile.Check(dataset, scorers);
        Scorers.ThrowIfAllAdvise(scorers);
        var chosen = Chosen(dataset, state, parsed.GetValue(options.Samples) ?? []);
        var gold = await WorkTreeGold.ReadAsync(workspace, cancellationToken);
        ThrowIfMoved(chosen, gold);

        using var progress = new ProgressLine();
        var (_, run) = await BaselineRunner.RunAsync(
            workspace.Stand(scorers, progress), new StandVersion(workspace.Head.Id, workspace.Head.Tree), dataset with { Samples = chosen }, workspace.Agent.Gate.BaselineRuns, cancellationToken);
        var answers = await AcceptedTargets.OfAsync(chosen, run.Results, scorers, cancellationToken);
        progress.Dispose();

        List<AcceptedTarget> accepted = [.. answers.Where(a => a.Target is not null)];
        Tell(answers, workspace.Agent.Gate.BaselineRuns);
        if (accepted.Count == 0) return ExitStatus.Ok;
        if (!parsed.GetValue(options.Yes))
        {
            Console.Out.Write($"Write {accepted.Count} targets into the dataset? [y/N] ");
            if ((await Console.In.ReadLineAsync(cancellationToken))?.Trim().ToLowerInvariant() is not ("y" or "yes"))
            {
                Console.Out.WriteLine("Nothing was written.");
                return ExitStatus.Bad;
            }
        }
        var targets = accepted.ToDictionary(a => a.Sample.Id, a => a.Target!.Value, StringComparer.Ordinal);
        foreach (var (name, path) in gold.Files.Where(f => File.Exists(f.Path) && gold.Lines.Any(l => l.File == f.Name && targets.ContainsKey(l.Id))))
            await GoldFile.ChangeAsync(path, name, targets.Keys.ToHashSet(StringComparer.Ordinal), (id, sample) => sample["target"] = JsonNode.Parse(targets[id].GetRawText()), cancellationToken);
        Console.Out.WriteLine($"{accepted.Count} targets are written. Read them (`kintsugi dataset diff`), commit the dataset, then run `kintsugi bless`.");
        return ExitStatus.Ok;
    }

    private static List<Sample> Chosen(Dataset dataset, IncidentState? state, string[] named)
    {
        if (named.FirstOrDefault(n => dataset.Samples.All(s => s.Id != n)) is { } unknown) throw new UsageException($"there is no sample '{Text.Plain(unknown, 100)}' in this version's dataset.");
        IEnumerable<string>? worse = null;
        if (state is not null)
        {
            if (state.Looks is not [.., var look]) throw new UsageException($"incident {state.Incident} has not looked at any sample. Run `kintsugi incident resume {state.Incident}`.");
            worse = look.Counts.Where(LookRunner.IsWorse).Select(c => c.SampleId);
        }
        var ids = (named.Length > 0 ? named : worse)?.ToHashSet(StringComparer.Ordinal);
        List<Sample> chosen = [.. dataset.Samples.Where(s => ids is null || ids.Contains(s.Id))];
        return chosen.Count > 0 ? chosen : throw new UsageException("no sample is left to be asked: the version is worse on none that its dataset has.");
    }

    /// <exception cref="UsageException">A sample is not in the work tree as the version has it: its answer would become the target of another question.</exception>
    private static void ThrowIfMoved(IReadOnlyList<Sample> chosen, WorkTreeGold gold)
    {
        var there = gold.Lines.ToDictionary(l => l.Id, l => l.Hash, StringComparer.Ordinal);
        if (chosen.FirstOrDefault(s => there.GetValueOrDefault(s.Id) != s.Hash) is { } moved)
            throw new UsageException($"sample '{Text.Plain(moved.Id, 100)}' is not in the work tree as the version has it. Commit the dataset or put it back, and check the version out.");
    }

    private static void Tell(IReadOnlyList<AcceptedTarget> answers, int runs)
    {
        if (answers.Count == 0) Console.Out.WriteLine("This version fails none of these samples.");
        foreach (var (sample, target, why) in answers)
        {
            Console.Out.WriteLine(target is { } now
                ? $"~ {Text.Plain(sample.Id, 60)}  {DiffTable.Short(sample.Target)}  →  {DiffTable.Short(now)}   ({runs} of {runs} runs)"
                : $"= {Text.Plain(sample.Id, 60)}  {Text.Plain(why!, 200)}.");
        }
    }

    private static async Task<IncidentState> PeekAsync(string directory, string incident, CancellationToken cancellationToken)
    {
        await using var workspace = await Workspace.OpenAsync(directory, "HEAD", false, cancellationToken);
        return IncidentState.Fold(incident, new IncidentLog(workspace.Database, workspace.Clock).Read(incident));
    }

    private sealed record Options(Argument<string> Directory, Option<string?> Incident, Option<string[]> Samples, Option<bool> Yes, Option<bool> Unsandboxed);
}

using System.Globalization;
using Kintsugi.Evaluation.Running;
using Kintsugi.Healing.Repair;
using Kintsugi.Healing.Review;
using Kintsugi.Healing.Triage;

namespace Kintsugi.Healing.Incidents.Steps;

/// <summary>What an evidence pack is made of besides the incident's log.</summary>
/// <param name="Failures">Runs of visible samples that fail, and what each was asked and should have answered.</param>
/// <param name="Commits">Those that are blamed, with their messages.</param>
/// <param name="Files">Of head, those that may be seen.</param>
internal sealed record EvidenceSources(
    IncidentState State, string Agent, string? Command, FailureDigest? Digest, IReadOnlyList<(FailureTrace View, SampleResult Result)> Failures,
    IReadOnlyList<(CommitView Commit, string Message)> Commits, IReadOnlyList<string> Files);

/// <summary>All that is known of a regression, for a model to read: a JSON document in which every piece has an id. Held-out samples are in it as counts only.</summary>
/// <param name="Data">See <see cref="CaseView"/> for what keeps it data.</param>
/// <param name="Items">Every piece that may be cited, a line each.</param>
/// <param name="AsksModel">Whether a model was asked in a failing run; null where no run was read.</param>
/// <param name="CallsTool">Whether a model called a tool in one; null likewise.</param>
internal sealed record EvidencePack(string Data, IReadOnlyList<EvidenceItem> Items, bool? AsksModel, bool? CallsTool)
{
    private const int MostHunks = 40, MostTrials = 40, MostClusters = 10, MostNamed = 10, MostFiles = 200, MostSteps = 60, LongestItem = 200;

    /// <exception cref="WorldFailedException">The failing samples could not be run.</exception>
    public static async Task<(EvidencePack Pack, RunCost Cost)> ReadAsync(
        IncidentState state, HealContext context, FailureDigest? digest, CandidateFiles head, CancellationToken cancellationToken)
    {
        var run = await CaseView.FailuresAsync(state, context, "advise", "No opinion was formed.", cancellationToken);
        List<(CommitView, string)> commits = [];
        foreach (var commit in state.Diagnosed!.Diagnosis.Commits) commits.Add((commit, await CaseView.MessageAsync(commit, context, cancellationToken)));
        var failures = run.Results.Where(r => r.Outcome == Outcome.Failed).Select(r => (FailureTraces.Of(context.SampleOf(r.SampleId), r), r));
        return (Of(new EvidenceSources(state, context.Agent.Name, context.Agent.Run, digest, [.. failures], commits, head.Paths)), run.Cost);
    }

    public static EvidencePack Of(EvidenceSources sources) => new Writer(sources).Write();

    /// <summary>Gives out ids while it writes.</summary>
    private sealed class Writer(EvidenceSources sources)
    {
        private readonly List<EvidenceItem> _items = [];
        private int _probes;

        private IncidentState State => sources.State;

        public EvidencePack Write()
        {
            var diagnosis = State.Diagnosed!.Diagnosis;
            var data = CaseView.Write(new
            {
                sources.Agent,
                sources.Command,
                Versions = Versions(),
                Proven = new
                {
                    Cause = Words.Snake(diagnosis.Cause),
                    Action = Words.Snake(diagnosis.Action),
                    Culprit = diagnosis.Culprit.Select(h => EvidenceItem.IdOfHunk(h.Index)),
                    AlsoSufficient = diagnosis.AlsoSufficient.Select(set => set.Select(h => EvidenceItem.IdOfHunk(h.Index))),
                    diagnosis.BreaksAlone,
                    diagnosis.Confidence,
                    WhyGoldMayBeOutdated = diagnosis.SpecContradiction,
                },
                Probes = Probes(),
                ComponentsThatDiffer = Differing().Select(Words.Snake),
                Hunks = Hunks(diagnosis),
                MoreHunks = Math.Max(0, (State.Diff?.Hunks.Count ?? 0) - MostHunks),
                BlamedCommits = sources.Commits.Select(c => new { Id = Item($"commit-{Figures.ShortId(c.Commit.Id)}", c.Commit.Subject), c.Message }),
                Failures = Clusters(),
                FailingSamples = sources.Failures.Select(f => Sample(f.View, f.Result)),
                Files = sources.Files.Take(MostFiles),
            });
            var steps = sources.Failures.Select(f => f.Result.Trajectory).ToList();
            return new EvidencePack(data, _items, Any(steps.SelectMany(t => t.ModelCalls).Any()), Any(steps.SelectMany(t => t.ToolCalls).Any()));

            bool? Any(bool found) => steps.Count == 0 ? null : found;
        }

        private object[] Versions()
        {
            var served = sources.Failures.SelectMany(f => f.Result.Trajectory.ModelCalls).Select(c => c.ServedModel ?? c.Model).Distinct(StringComparer.Ordinal).Take(MostNamed);
            var verdict = State.Looks[^1].Verdict;
            return
            [
                new { Id = Item("version-base", $"base {Figures.ShortId(State.Opened.Base.Id)}"), Commit = State.Opened.Base.Id, Manifest = State.Opened.BaseManifest, Passed = Figures.Counts(verdict.Baseline), Models = (IEnumerable<string>)[] },
                new { Id = Item("version-head", $"head {Figures.ShortId(State.Head.Id)}"), Commit = State.Head.Id, Manifest = State.HeadManifest, Passed = Figures.Counts(verdict.Candidate), Models = served.Select(m => StrangersText.OneLine(m, LongestItem)) },
            ];
        }

        private List<object> Probes() =>
        [
            .. CaseView.Evidence(State).Concat(State.Swap?.Queries.Select(q => $"In the search by swaps, {q}.") ?? []).Concat(State.Trials.TakeLast(MostTrials).Select(InWords))
                .Select(says => (object)new { Id = Item(string.Create(CultureInfo.InvariantCulture, $"probe-{++_probes}"), says), Says = says }),
        ];

        private static string InWords(TrialRun trial) => string.Create(
            CultureInfo.InvariantCulture, $"Head without {string.Join(", ", trial.Trial.Drop.Select(EvidenceItem.IdOfHunk))} is {Words.Snake(trial.Outcome)}: {trial.Passed} of {trial.Runs} runs pass.");

        private IEnumerable<Evaluation.Agents.Component> Differing() => (State.Diff?.Hunks ?? []).Select(h => h.Component).OfType<Evaluation.Agents.Component>().Distinct().Order();

        /// <summary>The culprit first, so that no cut loses it.</summary>
        private List<object> Hunks(Diagnosis diagnosis)
        {
            var culprit = diagnosis.Culprit.Select(h => h.Index).ToHashSet();
            return
            [
                .. (State.Diff?.Hunks ?? []).OrderByDescending(h => culprit.Contains(h.Index)).Take(MostHunks).Select(h => (object)new
                {
                    Id = Item(EvidenceItem.IdOfHunk(h.Index), Story.Named(h)),
                    h.File,
                    h.Header,
                    Component = h.Component is { } component ? Words.Snake(component) : null,
                    IsCulprit = culprit.Contains(h.Index),
                    Removed = CaseView.Lines(h.Removed),
                    Added = CaseView.Lines(h.Added),
                }),
            ];
        }

        private object? Clusters() => sources.Digest is not { } digest ? null : new
        {
            digest.Failing,
            Say = digest.Clusters.Take(MostClusters).Select((c, i) => new
            {
                Id = Item(string.Create(CultureInfo.InvariantCulture, $"cluster-{i + 1}"), c.Signature),
                Says = StrangersText.OneLine(c.Signature, CaseView.LongestText),
                Count = c.Ids.Count,
                Samples = c.Ids.Take(MostNamed),
            }),
            digest.HeldOutFailing,
            digest.HeldOut,
        };

        private object Sample(FailureTrace view, SampleResult result) => new
        {
            Id = Item($"sample-{view.SampleId}", view.Error ?? string.Join("; ", view.Scores)),
            view.Input,
            Expected = view.Target,
            Answered = view.HeadOutput,
            view.Error,
            Scores = view.Scores.Take(MostSteps),
            Steps = Steps(view, result),
        };

        /// <summary>Each step, and how much it is to be suspected from the trace alone where that is more than chance has it.</summary>
        private List<object> Steps(FailureTrace view, SampleResult result)
        {
            var trace = FailedTrace.Of(view.Input, result.Trajectory, result.Error);
            var suspicion = trace.Steps.Count < 2 ? [] : StepRanker.Recorded.Rank(trace).Steps.Where(s => s.Probability > 1.0 / trace.Steps.Count).ToDictionary(s => s.Step, s => (double?)Math.Round(s.Probability, 2));
            return [.. trace.Steps.Take(MostSteps).Select((step, i) =>
            {
                var says = i < result.Trajectory.Steps.Count ? FailureTraces.Line(result.Trajectory.Steps[i]) : StrangersText.OneLine($"{step.Agent}: {step.Content}", FailureTraces.LongestLine);
                return (object)new { Id = Item(string.Create(CultureInfo.InvariantCulture, $"step-{view.SampleId}-{i + 1}"), says), Says = says, Suspicion = suspicion.GetValueOrDefault(i) };
            })];
        }

        private string Item(string id, string says)
        {
            _items.Add(new EvidenceItem(id, StrangersText.OneLine(says, LongestItem)));
            return id;
        }
    }
}

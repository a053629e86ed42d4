using System.Globalization;
using System.Text.Json.Nodes;
using Kintsugi.Evaluation.Datasets;
using Kintsugi.Evaluation.Running;
using Kintsugi.Healing.Prompts;
using Kintsugi.Healing.Repair;
using Kintsugi.Healing.Review;
using Kintsugi.Healing.Triage;
using Kintsugi.Models;
using Kintsugi.Models.Cassettes;
using Kintsugi.Models.Gateway;
using Kintsugi.Models.Roles;

namespace Kintsugi.Healing.Incidents.Steps;

/// <summary>A model of role `repair` rewrites the agent's prompts by what failing runs say of them, each time from a prompt that does best on some sample so far.</summary>
/// <remarks>
/// Reflective mutation with Pareto-kept parents: Agrawal et al. (2025), GEPA, arXiv 2507.19457. Without its merging of two prompts. What a sample scored here chooses and no more: the draws are of their
/// own, and what is chosen is accepted on others. Everything is drawn from the incident's seed, so an attempt that was killed goes the same way again, from recordings.
/// </remarks>
internal sealed class ReflectRun(
    PatchTerms terms, IncidentState state, HealContext context, int attempt, ModelGateway gateway, Redaction redaction, ConversationLimits limits) : IWriter
{
    /// <summary>Runs of single samples in one attempt.</summary>
    private const int MostRollouts = 300;

    private const int MostProposals = 20;

    /// <summary>Conversations in a row that end without a proposal.</summary>
    private const int MostSilent = 3;

    /// <summary>Failing samples that a proposal is made from, and tried on first.</summary>
    private const int Minibatch = 3;

    /// <summary>Of the model, for one proposal.</summary>
    private const int MostTurns = 4;

    /// <summary>For a conversation that the runs before it have left no time.</summary>
    private static readonly TimeSpan LeastTime = TimeSpan.FromSeconds(1);

    private const int MostSteps = 200, MostServed = 3, LongestName = 100;

    private readonly List<WriterStep> _steps = [];
    private readonly List<object> _lessons = [];
    private readonly SortedSet<string> _served = new(StringComparer.Ordinal);
    private readonly Random _random = new(SeedOf(context.Seed, attempt));
    private readonly long _started = context.Clock.GetTimestamp();
    private RunCost _cost = RunCost.None;
    private int _rollouts;

    private TimeSpan TimeLeft => limits.Longest - context.Clock.GetElapsedTime(_started);

    public async Task<WrittenChange> WriteAsync(string data, SampleCalls calls, CancellationToken cancellationToken)
    {
        var prompts = await AgentPrompts.ReadAsync(context, cancellationToken);
        if (prompts.Texts.Count == 0) return Refused("nothing: the agent has no prompt that a repair may change (component prompt, repair.may_change)");
        var samples = TrialSets.OfRanking(state, context);
        if (samples.Count == 0) return Refused("nothing: every sample is held out, so there is none by which prompts could be held against each other");
        var pool = new List<PromptCandidate> { await ScoreAsync(new PromptProposal("", prompts.Texts, context.Head.Tree, ""), samples, cancellationToken) };
        for (var (n, silent) = (1, 0); n <= MostProposals && silent < MostSilent && MayGoOn(calls) && pool.Max(c => c.Mean) < Goal(samples); n++)
        {
            var parent = pool[ParetoFront.Draw(ParetoFront.Of([.. pool.Select(c => c.Scores)]), _random)];
            var batch = BatchOf(parent, samples);
            var before = await RunAsync(parent.Prompts.Tree, batch, Draws.Reflect(attempt, n), cancellationToken);
            if (await ProposeAsync(parent, prompts, before, data, calls, cancellationToken) is not { } proposal)
            {
                silent++;
                continue;
            }
            silent = 0;
            var after = await RunAsync(proposal.Tree, batch, Draws.Reflect(attempt, n), cancellationToken);
            var (was, now) = (Scores(before, batch).Sum(), Scores(after, batch).Sum());
            var isBetter = now > was && _rollouts + samples.Count <= MostRollouts;
            if (isBetter) pool.Add(await ScoreAsync(proposal, samples, cancellationToken));
            Learn(n, proposal, was, now, isBetter ? pool[^1] : null);
        }
        return BestOf(pool, prompts);
    }

    /// <summary>The best by its mean, of equals the first: head's own prompt unless another is better.</summary>
    private WrittenChange BestOf(List<PromptCandidate> pool, AgentPrompts head)
    {
        var best = pool.MaxBy(c => c.Mean)!;
        if (best == pool[0]) return Refused(string.Create(CultureInfo.InvariantCulture, $"nothing: of {_lessons.Count} proposals none did better than the prompt as it is, which passes {Percent(best)} of {best.Scores.Count} visible samples"));
        var summary = string.Create(CultureInfo.InvariantCulture, $"{best.Prompts.Lesson} (Of {_lessons.Count} proposals the best: {Percent(best)} of {best.Scores.Count} visible samples, {Percent(pool[0])} before; {_rollouts} runs.)");
        return new WrittenChange(Written(head.Written(best.Prompts.Texts), summary), null, _cost);
    }

    private WrittenChange Refused(string why) => new(Written([], ""), why, _cost);

    private Writing Written(IReadOnlyList<WrittenFile> files, string summary) => new(files, summary, _steps)
    {
        Prompts = [Prompt.Reflect.Use],
        FittedTo = StrangersText.OneLine(string.Join(", ", _served.Take(MostServed)), MostServed * LongestName),
    };

    private bool MayGoOn(SampleCalls calls) =>
        _rollouts + (2 * Minibatch) <= MostRollouts && TimeLeft > TimeSpan.Zero && calls.Calls.Sum(c => c.InputTokens + c.OutputTokens) <= limits.Tokens;

    private async Task<PromptProposal?> ProposeAsync(PromptCandidate parent, AgentPrompts head, EvalRun runs, string data, SampleCalls calls, CancellationToken cancellationToken)
    {
        var tools = new ReflectTools(parent.Prompts.Texts, head, terms, context);
        using var client = RoleClient.Create(gateway, calls);
        var bounds = limits with { Turns = calls.Calls.Count + MostTurns, ToolCalls = MostTurns, Longest = TimeLeft > LeastTime ? TimeLeft : LeastTime };
        var conversation = new Conversation(client, calls, tools, redaction, bounds, context.Clock);
        await conversation.RunAsync(Prompt.Reflect.Text, CaseView.Write(new
        {
            Case = JsonNode.Parse(data),
            Prompts = parent.Prompts.Texts.Select(p => new { Path = p.Key, Text = p.Value }),
            PassesNow = $"{Percent(parent)} of {parent.Scores.Count} visible samples",
            Runs = runs.Results.Select(r => new { Passed = r.Outcome == Outcome.Passed, Run = CaseView.Of(FailureTraces.Of(context.SampleOf(r.SampleId), r)) }),
            EarlierProposals = _lessons,
        }), cancellationToken);
        foreach (var step in conversation.Steps) Note(step);
        return tools.Proposed;
    }

    private void Learn(int n, PromptProposal proposal, double was, double now, PromptCandidate? kept)
    {
        var outcome = string.Create(CultureInfo.InvariantCulture, $"{now:0.#} of {Minibatch} samples passed, {was:0.#} before")
            + (kept is null ? ": dropped" : $": kept, and {Percent(kept)} of {kept.Scores.Count} visible samples pass");
        _lessons.Add(new { proposal.Path, proposal.Lesson, Outcome = outcome });
        Note(new WriterStep("tried", string.Create(CultureInfo.InvariantCulture, $"proposal {n}, {proposal.Path}"), outcome));
    }

    private void Note(WriterStep step)
    {
        if (_steps.Count < MostSteps) _steps.Add(step);
    }

    private async Task<PromptCandidate> ScoreAsync(PromptProposal prompts, List<Sample> samples, CancellationToken cancellationToken) =>
        new(prompts, Scores(await RunAsync(prompts.Tree, samples, Draws.Reflect(attempt, 0), cancellationToken), samples));

    private async Task<EvalRun> RunAsync(string tree, List<Sample> samples, IReadOnlyList<int> draws, CancellationToken cancellationToken)
    {
        var run = await context.Stand.RunAsync(new StandVersion(context.Head.Id, tree, Foreign: true), samples, draws, state.OwnRecordings, "reflect", cancellationToken);
        _cost += run.Cost;
        _rollouts += samples.Count;
        LookRunner.ThrowIfDown(run, state);
        foreach (var call in run.Results.SelectMany(r => r.Trajectory.ModelCalls).Where(c => c.Fault is null))
            _served.Add(StrangersText.OneLine(call.ServedModel is { } served && served != call.Model ? $"{call.Provider}/{call.Model} (served as {served})" : $"{call.Provider}/{call.Model}", LongestName));
        return run;
    }

    /// <summary>1 for a pass, 0 for a failure; between them where the world spoiled the run, which says neither.</summary>
    private static List<double> Scores(EvalRun run, List<Sample> samples)
    {
        var outcomes = run.Results.ToDictionary(r => r.SampleId, r => r.Outcome, StringComparer.Ordinal);
        return [.. samples.Select(s => outcomes[s.Id] switch { Outcome.Passed => 1, Outcome.Failed => 0, _ => 0.5 })];
    }

    /// <summary>What the last good version passes of these samples: there is nothing beyond it to look for.</summary>
    private double Goal(List<Sample> samples)
    {
        var outcomes = string.Concat(samples.Select(s => state.Baseline!.Outcomes.GetValueOrDefault(s.Id, "")));
        return Outcomes.Runs(outcomes) == 0 ? 1 : 1 - ((double)Outcomes.Failures(outcomes) / Outcomes.Runs(outcomes));
    }

    private List<Sample> BatchOf(PromptCandidate parent, List<Sample> samples)
    {
        var drawn = samples.Index().ToArray();
        _random.Shuffle(drawn);
        return [.. drawn.OrderBy(s => parent.Scores[s.Index]).Take(Minibatch).Select(s => s.Item)];
    }

    private static string Percent(PromptCandidate candidate) => string.Create(CultureInfo.InvariantCulture, $"{100 * candidate.Mean:0.#} %");

    private static int SeedOf(int incident, int attempt) => unchecked((incident * 397) ^ attempt); // HashCode.Combine differs from one process to the next

    /// <param name="Scores">By sample, in [0, 1].</param>
    private sealed record PromptCandidate(PromptProposal Prompts, List<double> Scores)
    {
        public double Mean { get; } = Scores.Count == 0 ? 0 : Scores.Average();
    }
}

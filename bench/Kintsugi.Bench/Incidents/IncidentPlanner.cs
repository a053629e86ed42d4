using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json.Nodes;
using Kintsugi.Bench.Incidents.Mutations;
using Kintsugi.Models.Providers.Simulated;

namespace Kintsugi.Bench.Incidents;

/// <summary>Draws incidents from a seed: which agent, which fault, where, and what stands around it.</summary>
/// <remarks>
/// What a mutation does to an agent nobody knows beforehand. So each is tried, without noise, on all questions of the exam: one that changes nothing is no fault, and one that
/// changes fewer than <see cref="LeastBroken"/> golden answers is drawn again, for no test could show it in so few runs. That is the only choice; whether a heal could find it plays no part.
/// </remarks>
public sealed class IncidentPlanner(int seed, IReadOnlyList<AgentGround> grounds)
{
    private const int LeastBroken = 6;
    private const int MostDraws = 40;
    private const int UnseenQuestions = 100;
    private const int IncidentsOfExam = 8;

    /// <summary>How often each fault is drawn: a fifth has none.</summary>
    private static readonly Fault[] Deck =
    [
        Fault.None, Fault.None, Fault.None, Fault.None, Fault.None,
        Fault.Prompt, Fault.Prompt, Fault.Code, Fault.Code, Fault.Flaky, Fault.Tool, Fault.Tool, Fault.Schema, Fault.Data, Fault.Data, Fault.Model, Fault.Dependency, Fault.Build,
        Fault.Either, Fault.Either, Fault.Both, Fault.ModelDrift, Fault.Transient, Fault.BadInput, Fault.GoldenOutdated,
    ];

    /// <summary>How often each agent's turn comes: agents that start slowly come less often.</summary>
    private static readonly string[] Turns =
        ["refund-desk", "ticket-router", "parcel-quote", "refund-desk", "claims-graph", "ticket-router", "parcel-quote", "hotel-desk", "refund-desk", "ticket-router"];

    private readonly Dictionary<(string, int), Exam> _exams = [];

    /// <summary>The incident of that number. It does not depend on which others are drawn.</summary>
    /// <exception cref="InvalidOperationException">The agent has no such fault to show, or a harmless edit was none.</exception>
    public async Task<(PlantedIncident Incident, Exam Exam)> PlanAsync(int number, CancellationToken cancellationToken)
    {
        var turns = Turns.Where(t => grounds.Any(g => g.Agent.Name == t)).ToArray();
        var ground = grounds.Single(g => g.Agent.Name == turns[number % turns.Length]);
        var deck = Deck.ToArray();
        new Random(HashCode(number / Deck.Length, 1)).Shuffle(deck);
        var exam = await ExamAsync(ground, number / turns.Length / IncidentsOfExam, cancellationToken);
        return (await new Draw(number, ground, deck[number % deck.Length], exam, new Random(HashCode(number, 2))).RunAsync(cancellationToken), exam);
    }

    public async Task<Exam> ExamAsync(AgentGround ground, int block, CancellationToken cancellationToken)
    {
        if (_exams.TryGetValue((ground.Agent.Name, block), out var known)) return known;
        var random = new Random(HashCode(block, 3 + ground.Agent.Name.Length));
        var golden = 60 + random.Next(41);
        var asked = new Dictionary<string, Question>();
        while (asked.Count < golden + UnseenQuestions)
        {
            var question = ground.Agent.Ask(random);
            asked.TryAdd(question.Input.ToJsonString(), question);
        }
        ImmutableArray<Numbered> all = [.. asked.Values.Select((q, n) => new Numbered(string.Create(CultureInfo.InvariantCulture, $"{(n < golden ? "case" : "unseen")}-{n + 1:000}"), q))];
        var answers = await ground.BehaviourAsync(ground.Agent.Good, all, null, cancellationToken);
        if (answers.StartFailure is { } failure) throw new InvalidOperationException($"The good version of {ground.Agent.Name} does not start: {failure}");
        if (answers.Answers.FirstOrDefault(a => a.Value.StartsWith('[')) is { Key: { } id } wrong) throw new InvalidOperationException($"The good version of {ground.Agent.Name} does not answer {id}: {wrong.Value}");
        return _exams[(ground.Agent.Name, block)] = new Exam(block, [.. all.Take(golden)], [.. all.Skip(golden)], answers);
    }

    // Not .NET's own, which differs from process to process.
    private int HashCode(int number, int purpose) => unchecked((((seed * 1_000_003) + number) * 8_191) + purpose);

    /// <summary>The drawing of one incident.</summary>
    private sealed class Draw(int number, AgentGround ground, Fault fault, Exam exam, Random random)
    {
        private static readonly ImmutableDictionary<Fault, string> Causes = new Dictionary<Fault, string>
        {
            [Fault.Prompt] = "prompt",
            [Fault.Code] = "code",
            [Fault.Flaky] = "code",
            [Fault.Tool] = "tool",
            [Fault.Schema] = "data_structure",
            [Fault.Data] = "data_structure",
            [Fault.Dependency] = "dependency",
            [Fault.Model] = "model",
            [Fault.Build] = "build",
        }.ToImmutableDictionary();

        private static readonly Fault[] Pairable = [Fault.Prompt, Fault.Code, Fault.Tool, Fault.Schema, Fault.Data, Fault.Dependency];

        private PlantedAgent Agent => ground.Agent;

        public Task<PlantedIncident> RunAsync(CancellationToken cancellationToken) => fault switch
        {
            Fault.None => NothingAsync(cancellationToken),
            Fault.Either => EitherAsync(cancellationToken),
            Fault.Both => BothAsync(cancellationToken),
            Fault.ModelDrift => DriftAsync(cancellationToken),
            Fault.Transient => Task.FromResult(Transient()),
            Fault.BadInput => Task.FromResult(BadInput()),
            Fault.GoldenOutdated => OutdatedAsync(cancellationToken),
            Fault.Model => SingleAsync(new Expected(["model"], "repin", "proposed"), cancellationToken),
            _ => SingleAsync(Expected.Repaired(Causes[fault]), cancellationToken),
        };

        private async Task<PlantedIncident> SingleAsync(Expected expected, CancellationToken cancellationToken)
        {
            foreach (var edit in Candidates(fault))
            {
                if (await BrokenAsync(expected.Causes is ["build"], cancellationToken, edit) is { } broken)
                    return Incident([edit], Harmless([edit]), expected) with { Broken = broken };
            }
            throw Nothing();
        }

        /// <summary>Two faults that break mostly the same samples, so that either does whatever becomes of the other.</summary>
        private async Task<PlantedIncident> EitherAsync(CancellationToken cancellationToken)
        {
            List<(Edit Edit, string Cause, ImmutableHashSet<string> Broken)> found = [];
            for (var n = 0; n < MostDraws; n++)
            {
                var kind = Pairable[random.Next(Pairable.Length)];
                if (Candidates(kind).FirstOrDefault() is not { } edit || found.Any(f => f.Edit.IsNear(edit))) continue;
                var behaviour = await ground.BehaviourAsync(Agent.Good.With([edit]), exam.All, null, cancellationToken);
                var broken = behaviour.Differs(exam.Answers, exam.Golden.Select(q => q.Id));
                if (behaviour.StartFailure is not null || broken.Count < LeastBroken) continue;
                // Two faults of the same samples, either of which suffices. Two that break other samples each are two incidents.
                foreach (var (other, cause, _) in found.Where(f => f.Broken.Intersect(broken).Count >= 0.6 * f.Broken.Union(broken).Count))
                {
                    if (await BrokenAsync(false, cancellationToken, other, edit) is { } share)
                        return Incident([other, edit], Harmless([other, edit]), Expected.Repaired(cause, Causes[kind])) with { Broken = share };
                }
                found.Add((edit, Causes[kind], broken));
            }
            throw Nothing();
        }

        private async Task<PlantedIncident> BothAsync(CancellationToken cancellationToken)
        {
            foreach (var (first, second) in Shuffled(Agent.Redundancies).Select(r => (r.First, r.Second)))
            {
                foreach (var alone in (Edit[])[first, second])
                {
                    var behaviour = await ground.BehaviourAsync(Agent.Good.With([alone]), exam.All, null, cancellationToken);
                    if (behaviour.Differs(exam.Answers, exam.All.Select(q => q.Id)) is { Count: > 0 } broken) throw new InvalidOperationException($"{Agent.Name}: '{alone.What}' breaks {broken.Count} answers by itself.");
                }
                if (await BrokenAsync(false, cancellationToken, first, second) is { } share)
                    return Incident([first, second], Harmless([first, second]), Expected.Repaired([.. ((Edit[])[first, second]).Select(CauseOf)])) with { Broken = share, AnyAlone = true };
            }
            throw Nothing();
        }

        /// <summary>Only harmless edits; every other time a mutation that happens to change no answer is among them.</summary>
        private async Task<PlantedIncident> NothingAsync(CancellationToken cancellationToken)
        {
            List<Edit> besides = [];
            if (random.Next(2) == 0)
            {
                foreach (var edit in Candidates(Pairable[random.Next(2)]).Take(6))
                {
                    var behaviour = await ground.BehaviourAsync(Agent.Good.With([edit]), exam.All, null, cancellationToken);
                    if (behaviour.StartFailure is not null || behaviour.Differs(exam.Answers, exam.All.Select(q => q.Id)).Count > 0) continue;
                    besides.Add(edit);
                    break;
                }
            }
            var incident = Incident([], [.. besides, .. Harmless([.. besides])], Expected.Healthy);
            var head = await ground.BehaviourAsync(incident.Head, exam.All, null, cancellationToken);
            return head.StartFailure is null && head.Differs(exam.Answers, exam.All.Select(q => q.Id)).Count == 0
                ? incident
                : throw new InvalidOperationException($"{Agent.Name}: harmless edits are none: {string.Join("; ", incident.Harmless.Select(e => $"{e.What} {e.Splices[0].File}({e.Splices[0].At + 1})"))} {head.StartFailure}");
        }

        private async Task<PlantedIncident> DriftAsync(CancellationToken cancellationToken)
        {
            IgnoredLines[] ignored = [IgnoredLines.None, IgnoredLines.Additions, IgnoredLines.Deductions, IgnoredLines.Labels, IgnoredLines.ToolCalls];
            foreach (var drift in Shuffled([.. ignored.SelectMany(i => (SimulatedDrift[])[new(0, true, i), new(0, false, i)])]).Where(d => d.AtLeastIsMoreThan || d.Ignores != IgnoredLines.None))
            {
                var behaviour = await ground.BehaviourAsync(Agent.Good, exam.All, drift, cancellationToken);
                var broken = behaviour.Differs(exam.Answers, exam.Golden.Select(q => q.Id)).Count;
                if (broken < LeastBroken) continue;
                var incident = Incident([], Harmless([]), new Expected(["model_drift"], "escalate", "escalated"));
                return incident with { Weather = incident.Weather with { Drift = drift }, Broken = (double)broken / exam.Golden.Length };
            }
            throw Nothing();
        }

        private PlantedIncident Transient()
        {
            var incident = Incident([], Harmless([]), new Expected(["transient"], "retry", "left_alone"));
            return incident with
            {
                Weather = incident.Weather with
                {
                    RateLimit = new SimulatedRateLimit(FirstCalls: 1 + random.Next(3), RetryAfterMs: 11_000), // longer than a call waits
                    Failures = new SimulatedFailures(FirstCalls: 3 + random.Next(6), Status: ((int[])[500, 502, 503, 504])[random.Next(4)], TimeoutCalls: random.Next(6)),
                },
            };
        }

        private PlantedIncident BadInput()
        {
            var count = 20 + random.Next(21);
            var targets = exam.Answers.Answers.Values.Order(StringComparer.Ordinal).ToArray();
            var lines = Enumerable.Range(1, count).Select(n => new JsonObject
            {
                ["id"] = string.Create(CultureInfo.InvariantCulture, $"import-{n:000}"),
                ["input"] = Agent.Malformed[random.Next(Agent.Malformed.Count)].DeepClone(),
                ["target"] = JsonNode.Parse(targets[random.Next(targets.Length)]),
                ["tags"] = new JsonArray("import"),
                ["family"] = string.Create(CultureInfo.InvariantCulture, $"import-{n}"),
            });
            return Incident([], Harmless([]), new Expected(["bad_input"], "quarantine", "left_alone")) with { NewSamples = string.Concat(lines.Select(l => l.ToJsonString() + "\n")), Broken = (double)count / (count + exam.Golden.Length) };
        }

        private async Task<PlantedIncident> OutdatedAsync(CancellationToken cancellationToken)
        {
            foreach (var (change, statement) in Shuffled([.. RuleChanges.Of(Agent, random)]))
            {
                if (await BrokenAsync(false, cancellationToken, change) is { } broken)
                    return Incident([change], Harmless([change, statement]), new Expected(["golden_outdated"], "escalate", "escalated")) with { Stated = [statement], Broken = broken };
            }
            throw Nothing();
        }

        private PlantedIncident Incident(ImmutableArray<Edit> planted, ImmutableArray<Edit> harmless, Expected expected)
        {
            var own = random.Next(1, 1_000_000);
            return new PlantedIncident(number, ground, fault, planted, false, [], harmless, "", SimulatedWeather.Calm with { Seed = own }, expected, 0, own);
        }

        /// <returns>The share of golden samples that the edits break; null where they break too few, or do not let the agent start.</returns>
        private async Task<double?> BrokenAsync(bool starting, CancellationToken cancellationToken, params Edit[] edits)
        {
            var behaviour = await ground.BehaviourAsync(Agent.Good.With(edits), exam.All, null, cancellationToken);
            if (behaviour.StartFailure is not null) return starting ? 1 : null;
            var broken = behaviour.Differs(exam.Answers, exam.Golden.Select(q => q.Id)).Count;
            return !starting && broken >= LeastBroken ? (double)broken / exam.Golden.Length : null;
        }

        /// <summary>Kinds of mutation first, then a place: else what has many places would be drawn most.</summary>
        private IEnumerable<Edit> Candidates(Fault kind)
        {
            IEnumerable<Edit> all = kind switch
            {
                Fault.Prompt => Agent.Sites.Prompts.SelectMany(f => PromptMutations.Of(Agent.Good, f, random)),
                Fault.Code => Agent.Sites.Code.SelectMany(f => CodeMutations.Of(Agent.Good, f, random)),
                Fault.Flaky => Agent.Flaky(random),
                Fault.Tool => Agent.Sites.Tools.SelectMany(f => DocumentMutations.OfTool(Agent.Good, f, random)),
                Fault.Schema => Agent.Sites.Schemas.SelectMany(f => DocumentMutations.OfSchema(Agent.Good, f, random)),
                Fault.Data => Agent.Sites.Data.SelectMany(f => DataMutations.Of(Agent.Good, f, random)),
                Fault.Model => Agent.Sites.Models.SelectMany(f => PinMutations.OfModel(Agent.Good, f)),
                Fault.Dependency => PinMutations.OfLock(Agent),
                Fault.Build => PinMutations.OfBuild(Agent),
                _ => throw new InvalidOperationException($"{kind} is no mutation."),
            };
            var kinds = Shuffled([.. all.GroupBy(e => e.What).Select(g => new Queue<Edit>(Shuffled([.. g])))]);
            for (var drawn = 0; drawn < MostDraws && Array.Exists(kinds, k => k.Count > 0); drawn++)
                if (kinds[drawn % kinds.Length].TryDequeue(out var edit)) yield return edit;
        }

        private string CauseOf(Edit edit)
        {
            var file = edit.Splices[0].File;
            var sites = Agent.Sites;
            return sites.Prompts.Contains(file) ? "prompt" : sites.Tools.Contains(file) ? "tool" : sites.Schemas.Concat(sites.Data).Contains(file) ? "data_structure" : file == sites.Lock ? "dependency" : "code";
        }

        private ImmutableArray<Edit> Harmless(IReadOnlyList<Edit> around)
        {
            List<Edit> chosen = [];
            var most = 4 + random.Next(6);
            foreach (var group in Shuffled([.. HarmlessEdits.Of(Agent, random).GroupBy(e => e.What).Select(g => Shuffled([.. g]))]))
            {
                foreach (var edit in group.Take(2))
                {
                    if (chosen.Count == most) return [.. chosen];
                    if (!around.Concat(chosen).Any(edit.IsNear)) chosen.Add(edit);
                }
            }
            return [.. chosen];
        }

        private T[] Shuffled<T>(T[] all)
        {
            random.Shuffle(all);
            return all;
        }

        private T[] Shuffled<T>(IReadOnlyList<T> all) => Shuffled(all.ToArray());

        private InvalidOperationException Nothing() => new($"{Agent.Name} shows no fault of the kind {fault} with this seed.");
    }
}

using System.Collections.Immutable;
using System.Text.Json.Nodes;
using Kintsugi.Models.Providers.Simulated;

namespace Kintsugi.Bench.Incidents;

/// <summary>What goes wrong.</summary>
public enum Fault
{
    None = 0,
    Prompt = 1,
    Code = 2,
    Flaky = 3,
    Tool = 4,
    Schema = 5,
    Data = 6,
    Model = 7,
    Dependency = 8,
    Build = 9,
    Either = 10,
    Both = 11,
    ModelDrift = 12,
    Transient = 13,
    BadInput = 14,
    GoldenOutdated = 15,
}

/// <summary>How a heal must end, in the words of its report.</summary>
/// <param name="Causes">Any of them is right: of a pair in two components, either's. Empty where nothing is wrong.</param>
public sealed record Expected(ImmutableArray<string> Causes, string Action, string Outcome)
{
    public static readonly Expected Healthy = new([], "none", "healthy");

    public static Expected Repaired(params ImmutableArray<string> causes) => new(causes, "repair", "proposed");

    public bool IsProposal => Outcome == "proposed";
}

/// <summary>One repository to make and to heal.</summary>
/// <param name="Number">Its own among those of the seed; it can be made again from both.</param>
/// <param name="Planted">What breaks the agent; empty when that is outside the repository, or nothing.</param>
/// <param name="AnyAlone">Any one edit of the planted ones is a culprit by itself; else all of them together are the culprit.</param>
/// <param name="Stated">Edits that state what the planted ones do, and break nothing.</param>
/// <param name="Harmless">What was changed besides.</param>
/// <param name="NewSamples">Lines that somebody adds to the golden dataset.</param>
/// <param name="Broken">Share of the golden samples that are answered otherwise because of it, in [0, 1]; measured once without noise.</param>
/// <param name="Seed">Of the world and of the heal.</param>
public sealed record PlantedIncident(
    int Number, AgentGround Ground, Fault Fault, ImmutableArray<Edit> Planted, bool AnyAlone, ImmutableArray<Edit> Stated, ImmutableArray<Edit> Harmless, string NewSamples,
    SimulatedWeather Weather, Expected Expected, double Broken, int Seed)
{
    public VersionFiles Head => Ground.Agent.Good.With([.. Planted, .. Stated, .. Harmless]);

    /// <summary>For a person: what was done.</summary>
    public string Story => Planted.Length > 0
        ? string.Join(AnyAlone ? " with " : " and ", Planted.Select(e => $"{e.What} in {string.Join(", ", e.Splices.Select(s => $"{s.File}({s.At + 1})").Take(3))}"))
        : Fault == Fault.None ? "nothing" : Fault.ToString();
}

/// <summary>Questions of one agent: those that make up its golden dataset, and others that nobody has seen.</summary>
/// <param name="Number">Several incidents share one blessed repository.</param>
/// <param name="Answers">What the good version answers to all of them.</param>
public sealed record Exam(int Number, ImmutableArray<Numbered> Golden, ImmutableArray<Numbered> Unseen, Behaviour Answers)
{
    public IReadOnlyList<Numbered> All => [.. Golden, .. Unseen];

    public string GoldenLines => string.Concat(Golden.Select(q => AgentGround.GoldenSample(q, JsonNode.Parse(Answers.Answers[q.Id])!)));
}

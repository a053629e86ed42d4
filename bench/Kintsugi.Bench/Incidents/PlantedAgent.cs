using System.Collections.Immutable;
using System.Text.Json.Nodes;

namespace Kintsugi.Bench.Incidents;

/// <summary>One question for an agent.</summary>
/// <param name="Tag">What kind of question a person would call it.</param>
public sealed record Question(JsonObject Input, string Tag);

/// <summary>Two edits, each of which leaves to the other what only one of them has to do.</summary>
public sealed record Redundancy(Edit First, Edit Second);

/// <summary>A small agent with all that is needed to break it in a known way.</summary>
/// <param name="Good">The version that is blessed, without golden data.</param>
/// <param name="Sites">Files of each kind that faults are planted in.</param>
/// <param name="Ask">Draws a question; the good version answers each.</param>
/// <param name="Fields">Those of an answer that scorers look at.</param>
/// <param name="Flaky">Edits that break a share of the runs, drawn by chance as the agent runs.</param>
/// <param name="Redundancies">Pairs that break only together.</param>
/// <param name="Rows">Draws rows of data that no question is about.</param>
/// <param name="Innocent">Edits to code that change nothing, each by itself.</param>
/// <param name="Malformed">Inputs that no version can answer.</param>
public sealed record PlantedAgent(
    string Name, string Kind, IReadOnlyList<string> Fields, VersionFiles Good, Sites Sites, Func<Random, Question> Ask, Func<Random, IReadOnlyList<Edit>> Flaky, IReadOnlyList<Redundancy> Redundancies,
    Func<Random, IReadOnlyList<Edit>> Rows, IReadOnlyList<Edit> Innocent, IReadOnlyList<JsonNode> Malformed)
{
    /// <summary>Makes a directory whose content every version has besides: what a package manager brought. Null for none.</summary>
    public Func<CancellationToken, Task<string>>? Packages { get; init; }

    public static string Source(string name) => Path.Combine(AppContext.BaseDirectory, "Incidents", "Agents", name);

    /// <summary>The agent's files as the bench has them beside it.</summary>
    public static VersionFiles Read(string name)
    {
        var top = Source(name);
        return new VersionFiles(Directory.EnumerateFiles(top, "*", SearchOption.AllDirectories)
            .ToImmutableSortedDictionary(f => Path.GetRelativePath(top, f).Replace('\\', '/'), f => File.ReadAllText(f).ReplaceLineEndings("\n"), StringComparer.Ordinal));
    }
}

/// <summary>Where faults of each kind go.</summary>
/// <param name="Code">Files of the agent's own that decide something.</param>
/// <param name="Models">Files that name a model.</param>
/// <param name="Lock">The file that pins packages.</param>
/// <param name="HarmfulPins">Lines of it as they are, and as they would be with a version that does otherwise.</param>
/// <param name="HarmlessPins">The same with a version that does not.</param>
/// <param name="Agreed">What tests and rules say together; see <see cref="Mutations.RuleChanges"/>.</param>
public sealed record Sites(
    IReadOnlyList<string> Prompts, IReadOnlyList<string> Code, IReadOnlyList<string> Tools, IReadOnlyList<string> Schemas, IReadOnlyList<string> Data,
    IReadOnlyList<string> Models, string Lock, IReadOnlyList<(string Old, string New)> HarmfulPins, IReadOnlyList<(string Old, string New)> HarmlessPins, Agreed Agreed);

/// <summary>Where a rule that people agreed on stands: in a prompt or in code, in the tests and in the document of rules.</summary>
/// <param name="Test">JSON with the lines of the prompt and the constants of the code.</param>
/// <param name="Code">The file that has the constants.</param>
public sealed record Agreed(string Test, string Rules, string Prompt, string Code);

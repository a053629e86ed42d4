using Kintsugi.Models.Providers.Simulated;

namespace Kintsugi.Cli.Demo;

/// <summary>One way in which the sample agent falls ill, and what is right to do about it.</summary>
/// <param name="Steps">The scenario's own commits; innocent ones are drawn around them.</param>
/// <param name="Bless">Weather of the blessing; its seed is set when the history is built.</param>
/// <param name="Heal">Weather of the heal, likewise.</param>
/// <param name="Expected">How it must end.</param>
public sealed record DemoScenario(
    string Name, string Description, IReadOnlyList<DemoStep> Steps, SimulatedWeather Bless, SimulatedWeather Heal, DemoExpectation Expected)
{
    /// <summary>The hunks without which head is good; empty when the repository is not to blame.</summary>
    public IReadOnlyList<DemoHunk> Culprit =>
        [.. Steps.SelectMany(s => s.Breaking).OfType<ReplaceLines>().Select(e => new DemoHunk(e.Path, e.Old, e.New))];

    /// <summary>Innocent edits that would stand so close to the culprit that git shows one hunk.</summary>
    public IReadOnlyList<string> TooClose { get; init; } = [];
}

/// <summary>A commit of a scenario's own.</summary>
/// <param name="Message">Neutral: nothing may be read off it.</param>
/// <param name="Breaking">Edits that do the damage.</param>
/// <param name="Innocent">Names of innocent edits in the same commit; see <see cref="InnocentEdits"/>.</param>
/// <param name="Besides">Other edits that belong to the step and do no damage by themselves.</param>
public sealed record DemoStep(
    string Message, IReadOnlyList<DemoEdit> Breaking, IReadOnlyList<string> Innocent, IReadOnlyList<DemoEdit>? Besides = null);

/// <summary>A hunk of the net diff, as whole lines with their line ends.</summary>
public sealed record DemoHunk(string File, string Removed, string Added);

/// <summary>How a heal must end, in the words of its report.</summary>
/// <param name="Cause">Null when nothing is wrong.</param>
public sealed record DemoExpectation(string? Cause, string Action, string Outcome);

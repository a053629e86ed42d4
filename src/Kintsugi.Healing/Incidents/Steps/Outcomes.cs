using Kintsugi.Evaluation.Running;

namespace Kintsugi.Healing.Incidents.Steps;

/// <summary>Outcomes of runs as the log keeps them: one character a run.</summary>
public static class Outcomes
{
    public static char Letter(Outcome outcome) => outcome switch
    {
        Outcome.Passed => '1',
        Outcome.Failed => '0',
        Outcome.World => 'w',
        _ => throw new ArgumentOutOfRangeException(nameof(outcome), outcome, null),
    };

    /// <summary>By sample, in the order of epochs.</summary>
    public static Dictionary<string, string> BySample(EvalRun run) => BySample(run.Results);

    /// <summary>By sample, in the order of epochs.</summary>
    public static Dictionary<string, string> BySample(IEnumerable<SampleResult> results) => results
        .GroupBy(r => r.SampleId, StringComparer.Ordinal)
        .ToDictionary(g => g.Key, g => string.Concat(g.OrderBy(r => r.Epoch).Select(r => Letter(r.Outcome))), StringComparer.Ordinal);

    public static int Failures(string outcomes) => outcomes.Count(c => c == '0');

    /// <summary>Runs that say something of the agent.</summary>
    public static int Runs(string outcomes) => outcomes.Count(c => c is '0' or '1');

    /// <summary>What failed of the world, most frequent first, cut at five.</summary>
    public static IReadOnlyList<string> Faults(EvalRun run) =>
        [.. run.Results.Where(r => r.WorldFault is not null).GroupBy(r => r.WorldFault!).OrderByDescending(g => g.Count()).Take(5).Select(g => $"{g.Key} ({g.Count()})")];
}

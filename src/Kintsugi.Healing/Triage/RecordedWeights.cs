namespace Kintsugi.Healing.Triage;

/// <summary>Weights of <see cref="StepRanker"/> fitted on all 126 algorithm-generated failure logs of Who&amp;When, whose labels are people's.</summary>
/// <remarks>
/// The logs are of teams of agents that solve questions of general knowledge with code and web searches, ten steps at most, so the weights of positions near ten tell of
/// that limit and not of mistakes. Zhang et al. (2025), arXiv 2505.00212; data of the MIT licence. Made by <see cref="StepRanker.Fit"/>; a test makes them again.
/// </remarks>
internal static class RecordedWeights
{
    public static readonly IReadOnlyDictionary<string, double> All = new Dictionary<string, double>(StringComparer.Ordinal)
    {
        ["agent goes on"] = 0.045, ["agent that began"] = 0.570, ["agent's first step"] = 0.128, ["apology"] = 0.273, ["asks"] = -0.595,
        ["assumes"] = 0.627, ["based on"] = 0.441, ["before: apology"] = 0.085, ["before: asks"] = 0.268, ["before: assumes"] = 0.074,
        ["before: based on"] = 0.289, ["before: by hand"] = -0.088, ["before: calculates"] = -0.166, ["before: code"] = -0.658, ["before: confirms"] = -0.080,
        ["before: did not run"] = -0.458, ["before: ends"] = -0.575, ["before: error"] = -0.271, ["before: instead"] = -0.054, ["before: not found"] = 0.173,
        ["before: nothing to run"] = 0.015, ["before: plan"] = -0.016, ["before: ran"] = -0.789, ["before: result"] = -0.148, ["before: searches"] = 0.404,
        ["before: traceback"] = -0.081, ["before: unable"] = 0.627, ["before: verifies"] = -0.053, ["by hand"] = 0.540, ["calculates"] = 0.123,
        ["code"] = 0.595, ["confirms"] = -0.165, ["did not run"] = 0.431, ["ends"] = -0.734, ["error"] = 0.151,
        ["instead"] = 0.175, ["last"] = -0.397, ["last but one"] = 0.451, ["log length"] = 0.259, ["log position"] = -0.068,
        ["long"] = 0.072, ["next: apology"] = -0.087, ["next: asks"] = -0.469, ["next: assumes"] = -0.151, ["next: based on"] = -0.314,
        ["next: by hand"] = -0.579, ["next: calculates"] = -0.072, ["next: code"] = -0.362, ["next: confirms"] = 1.004, ["next: did not run"] = 0.264,
        ["next: ends"] = 0.075, ["next: error"] = 0.276, ["next: instead"] = 0.128, ["next: not found"] = -0.332, ["next: nothing to run"] = -0.380,
        ["next: plan"] = -0.036, ["next: ran"] = -0.029, ["next: result"] = -0.205, ["next: searches"] = -0.067, ["next: traceback"] = 0.241,
        ["next: unable"] = 0.296, ["next: verifies"] = -0.070, ["not found"] = -0.246, ["nothing to run"] = -0.217, ["numbers"] = 0.908,
        ["plan"] = 0.332, ["position 0"] = 0.123, ["position 1"] = 0.015, ["position 2"] = -0.181, ["position 3"] = -0.011,
        ["position 4"] = -0.086, ["position 5"] = 0.244, ["position 6"] = -0.121, ["position 7"] = -0.341, ["position 8"] = 0.582,
        ["position 9"] = -0.213, ["ran"] = -0.302, ["repeats the step before"] = 0.157, ["result"] = 0.411, ["role: checks"] = 0.482,
        ["role: data"] = 0.052, ["role: debugs"] = 0.235, ["role: machine"] = -0.759, ["role: web"] = 0.136, ["searches"] = 0.336,
        ["share of the way"] = -0.271, ["short"] = -0.315, ["traceback"] = -0.086, ["unable"] = 0.747, ["verifies"] = -0.305,
        ["words of the question"] = 0.243,
    };
}

using System.ComponentModel;
using System.Globalization;
using Kintsugi.Evaluation.Detection;

namespace Kintsugi.Cli.Output;

/// <summary>What `eval --plan --json` prints.</summary>
internal sealed record EvalPlanDocument(
    [property: Description("The version that would be evaluated, a commit id.")] string Version,
    int Samples,
    [property: Description("Runs of each sample.")] int Epochs,
    int CriticalSamples,
    [property: Description("Runs of each critical sample.")] int CriticalEpochs,
    [property: Description("Of the first block, at most: it ends early where less decides.")] int AgentRuns,
    [property: Description("Of the second block, which runs only where the first cannot tell.")] int MoreAgentRuns,
    [property: Description("Whether there is a baseline to hold it against.")] bool HasBaseline,
    [property: Description("Share of versions just like the baseline that the first block would call healthy, estimated, in [0, 1]; null without a baseline.")] decimal? HealthyShare,
    [property: Description("What the first block finds, a forecast; null without a baseline.")] PlannedPower? Power,
    [property: Description("As the last evaluation of this agent says; null when there was none.")] EvalForecast? Forecast);

internal sealed record EvalForecast(
    int ModelCalls,
    [property: Description("Null when a price is not known.")] decimal? Usd,
    long DurationMs);

/// <param name="Odds">Of the gate.</param>
internal sealed record PlannedPower(
    double Odds,
    [property: Description("Share of versions whose failure odds rose by that on every sample that would be called regressed, in [0, 1].")] double FoundAtOdds,
    [property: Description("The smallest rise of failure odds that is found in 80 of 100 evaluations; null when none is.")] decimal? DetectableOdds,
    [property: Description("The smallest rise of the failure rate, the same on every sample, likewise; null when none is.")] decimal? DetectableRise,
    [property: Description("What would find the gate's odds more often.")] IReadOnlyList<PlannedNeed> Needs,
    [property: Description("Each tag that marks a part of the samples.")] IReadOnlyList<PlannedSlice> Slices)
{
    public static PlannedPower From(PowerReport report) => new(
        report.Odds, report.FoundAtOdds, (decimal?)report.DetectableOdds, (decimal?)report.DetectableRise,
        [.. report.Needs.Select(n => new PlannedNeed(n.Power, n.MoreSamples, n.MoreEpochs))],
        [.. report.Slices.Select(s => new PlannedSlice(s.Tags, s.Samples, (decimal?)s.DetectableRise))]);
}

internal sealed record PlannedNeed(
    [property: Description("Share of evaluations that find it.")] double Power,
    [property: Description("Samples like these; 0 when it is reached, null when it cannot be foretold.")] int? MoreSamples,
    [property: Description("Runs of each sample, instead; null also when no number of them is enough.")] int? MoreEpochs);

internal sealed record PlannedSlice(
    [property: Description("Several when they mark the same samples.")] IReadOnlyList<string> Tags,
    int Samples,
    [property: Description("The smallest rise of the failure rate on each of its samples, and on no other, that is found in 80 of 100 evaluations; null when none is.")] decimal? DetectableRise);

/// <summary>The plan as a person reads it.</summary>
internal static class EvalPlanText
{
    private const int MostSlices = 12;

    public static void Write(TextWriter output, EvalPlanDocument plan)
    {
        output.WriteLine(Runs(plan));
        output.WriteLine(plan.HealthyShare is { } share
            ? Say($"A version just like the baseline is then called healthy in about {100 * share:0} of 100 evaluations.")
            : "There is no baseline to hold it against: run `kintsugi bless` on a good version.");
        if (plan.Power is { } power)
        {
            output.WriteLine(Found(power));
            if (Needed(power) is { } needed) output.WriteLine(needed);
            foreach (var slice in power.Slices.Take(MostSlices)) output.WriteLine($"  {Slice(slice)}");
            if (power.Slices.Count > MostSlices) output.WriteLine($"  … and {power.Slices.Count - MostSlices} more slices; --json lists them all");
        }

        output.WriteLine(plan.Forecast is { } forecast
            ? Say($"About {forecast.ModelCalls} model calls, {(forecast.Usd is { } usd ? $"{usd:0.00##} USD" : "at a price that is not known")} and {forecast.DurationMs / 1000.0:0.0} s, as the last evaluation took.")
            : "What it costs is not known yet: this agent was not evaluated here before.");
    }

    private static string Runs(EvalPlanDocument plan)
    {
        var epochs = plan.CriticalSamples == plan.Samples ? plan.CriticalEpochs : plan.Epochs;
        var critical = plan.CriticalSamples > 0 && plan.CriticalEpochs != epochs ? $", the {plan.CriticalSamples} critical {(plan.CriticalSamples == 1 ? "one" : "ones")} × {plan.CriticalEpochs}" : "";
        var more = plan.MoreAgentRuns > 0 ? $", and {plan.MoreAgentRuns} more where they cannot tell" : "";
        return $"{plan.Samples} {(plan.Samples == 1 ? "sample" : "samples")} × {epochs} {(epochs == 1 ? "run" : "runs")}{critical} = {plan.AgentRuns} agent runs of {plan.Version[..10]} at most{more}.";
    }

    private static string Found(PlannedPower power)
    {
        var odds = power.DetectableOdds is { } theta ? Say($"failure odds ×{theta:0.#}") : "no rise of the odds, because the baseline hardly ever fails";
        var rise = power.DetectableRise is { } points ? Say($"a failure rate {100 * points:0.#} points higher on every sample") : "no rise of the rate";
        return Say($"One with failure odds ×{power.Odds:0.##} is found in about {100 * power.FoundAtOdds:0} of 100; in 80 of 100: {odds}, or {rise}.");
    }

    private static string? Needed(PlannedPower power)
    {
        List<string> needs = [.. power.Needs.Where(n => n.MoreSamples > 0).Select(n => Say(
            $"{100 * n.Power:0} of 100 by {n.MoreSamples} samples more like these{(n.MoreEpochs is { } epochs ? $", or {epochs} {(epochs == 1 ? "run" : "runs")} more of each" : "")}"))];
        return needs.Count == 0 ? null : $"To find it in {string.Join("; in ", needs)}.";
    }

    private static string Slice(PlannedSlice slice)
    {
        var name = $"{Text.Plain(string.Join(", ", slice.Tags), 60)}, {slice.Samples} {(slice.Samples == 1 ? "sample" : "samples")}";
        return slice.DetectableRise is { } rise
            ? Say($"{name}: damage from {100 * rise:0} points on is found in 80 of 100")
            : $"{name}: too few to find damage to all of them in 80 of 100";
    }

    private static string Say(FormattableString words) => words.ToString(CultureInfo.InvariantCulture);
}

using Kintsugi.Cli.Output;
using Kintsugi.Evaluation.Running;
using Kintsugi.Healing.Incidents;
using Kintsugi.Healing.Review;

namespace Kintsugi.Cli;

/// <summary>Tells an evaluation for the reviewers of the version.</summary>
internal static class EvaluationReports
{
    public static EvaluationReport Of(Workspace workspace, EvaluatedVersion evaluated)
    {
        var hidden = evaluated.Dataset.Samples.Where(s => s.HeldOut).Select(s => s.Id).ToHashSet(StringComparer.Ordinal);
        var failures = evaluated.Run.Results.Where(r => r.Outcome != Outcome.Passed).GroupBy(r => r.SampleId).ToDictionary(g => g.Key, g => g.First());
        return new EvaluationReport(
            workspace.Agent.Name, workspace.Git.Prefix, evaluated.Version.Id, workspace.ReadBaseline()?.Commit, evaluated.Verdict, IncidentReports.RateOf(evaluated.Records.Select(r => r.Head)),
            evaluated.Dataset.Samples.Count,
            [.. evaluated.Records.Where(r => !hidden.Contains(r.SampleId) && failures.ContainsKey(r.SampleId)).Select(r => new FailingSample(r.SampleId, r.Baseline, r.Head, CheckoutPaths.Relative(EvalTable.Why(failures[r.SampleId]), workspace.Git.TopLevel)))],
            hidden.Count, failures.Keys.Count(hidden.Contains), evaluated.Run.StartFailure is { } failure ? CheckoutPaths.Relative(failure, workspace.Git.TopLevel) : null, evaluated.TrustedBase is { } trusted ? EvalTable.StrangersNote(trusted.Id) : null,
            [.. evaluated.Judges.Select(j => j.Sentence)], evaluated.Run.Cost, evaluated.Run.Duration, Reproduce(workspace, evaluated));
    }

    private static string Reproduce(Workspace workspace, EvaluatedVersion evaluated)
    {
        var where = workspace.Git.Prefix.Length == 0 ? "" : " " + ShellWord.Path(workspace.Git.Prefix);
        var trusted = evaluated.TrustedBase is { } commit ? $" --trust {commit.Id}" : "";
        return $"git fetch origin {evaluated.Version.Id}\nkintsugi eval{where} --version {evaluated.Version.Id}{trusted} --verbose";
    }
}

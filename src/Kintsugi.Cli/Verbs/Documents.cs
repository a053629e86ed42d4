using Kintsugi.Cli.Output;

namespace Kintsugi.Cli.Verbs;

/// <summary>The files of docs/ that are made from the code.</summary>
internal static class Documents
{
    public static IEnumerable<(string File, string Text)> All() =>
    [
        ("commands.md", CommandsPage.Text()),
        ("heal.schema.json", OutputSchema.Heal()),
        ("eval.schema.json", OutputSchema.Eval()),
        ("eval-plan.schema.json", OutputSchema.EvalPlan()),
        ("eval-all.schema.json", OutputSchema.EvalAll()),
        ("judge-calibrate.schema.json", OutputSchema.JudgeCalibrate()),
        ("cassette-export.schema.json", OutputSchema.CassetteExport()),
        ("cassette-import.schema.json", OutputSchema.CassetteImport()),
        ("dataset-from-traces.schema.json", OutputSchema.DatasetFromTraces()),
        ("dataset-review.schema.json", OutputSchema.DatasetReview()),
        ("dataset-import.schema.json", OutputSchema.DatasetImport()),
        ("dataset-diff.schema.json", OutputSchema.DatasetDiff()),
        ("trace-list.schema.json", OutputSchema.TraceList()),
        ("trace-show.schema.json", OutputSchema.TraceShow()),
        ("versions.schema.json", OutputSchema.Versions()),
        ("versions-of.schema.json", OutputSchema.VersionsOf()),
    ];
}

using System.ComponentModel;
using System.Text.Json;
using Kintsugi.Evaluation.Datasets;
using Kintsugi.Evaluation.Datasets.Exchange;

namespace Kintsugi.Cli.Output;

/// <summary>What `dataset import --json` prints.</summary>
internal sealed record ImportDocument(
    string File,
    int Added,
    [property: Description("Those whose input and target the file had already, or that stood twice.")] int Known,
    [property: Description("Those of the added whose id was taken.")] int Renamed,
    [property: Description("Those of the added that no scorer which needs a target can judge.")] int WithoutTarget,
    [property: Description("What could not be carried over, the most frequent first.")] IReadOnlyList<LossRow> Lost);

/// <summary>What could not be carried over.</summary>
internal sealed record LossRow(string What, int Count, [property: Description("Where it happened first.")] string Example)
{
    public static LossRow Of(ExchangeLoss loss) => new(loss.What, loss.Count, loss.Example);

    public static void Write(TextWriter output, IReadOnlyList<ExchangeLoss> losses)
    {
        if (losses.Count > 0) output.WriteLine("Not carried over, or not as it was:");
        foreach (var loss in losses) output.WriteLine($"  {loss.Count,5} ×  {Text.Plain(loss.What, 200)}   (first: {Text.Plain(loss.Example, 80)})");
    }
}

/// <summary>What `dataset diff --json` prints.</summary>
internal sealed record DiffDocument(IReadOnlyList<string> Added, IReadOnlyList<string> Removed, IReadOnlyList<DiffRow> Changed)
{
    public static DiffDocument Of(DatasetDiff diff) => new(
        [.. diff.Added.Select(s => s.Id!)], [.. diff.Removed.Select(s => s.Id!)],
        [.. diff.Changed.Select(c => new DiffRow(c.Id, [.. c.Changes.Select(p => new DiffPart(p.Part, p.Before, p.After))]))]);
}

/// <summary>A sample that changed.</summary>
internal sealed record DiffRow(string Id, IReadOnlyList<DiffPart> Changes);

/// <summary>One part of it.</summary>
internal sealed record DiffPart(
    [property: Description("`input`, `target`, `tags`, `family`, `critical` or `split`.")] string Part,
    [property: Description("Null where it had none.")] JsonElement? Before,
    [property: Description("Null where it has none.")] JsonElement? After);

/// <summary>The same for a person.</summary>
internal static class DiffTable
{
    public static void Write(TextWriter output, DatasetDiff diff)
    {
        foreach (var sample in diff.Added) output.WriteLine($"+ {Text.Plain(sample.Id!, 60)}  {Short(sample.Input)}  →  {Short(sample.Target)}");
        foreach (var sample in diff.Removed) output.WriteLine($"- {Text.Plain(sample.Id!, 60)}  {Short(sample.Input)}");
        foreach (var sample in diff.Changed)
            foreach (var change in sample.Changes) output.WriteLine($"~ {Text.Plain(sample.Id, 60)}  {change.Part}: {Short(change.Before)}  →  {Short(change.After)}");
        output.WriteLine($"{diff.Added.Count} added, {diff.Removed.Count} removed, {diff.Changed.Count} changed.");
    }

    public static string Short(JsonElement? value) => value is { } some ? Text.Plain(some.GetRawText(), 70) : "none";
}

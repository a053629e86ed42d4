using System.Diagnostics;
using System.Globalization;
using System.Text;
using Kintsugi.Tests.Healing.Repair;
using Kintsugi.Tests.Sandbox.Results;

namespace Kintsugi.Bench;

/// <summary>What many random cases have shown.</summary>
/// <param name="Let">Cases that were not refused: patches let through, reads that gave a file.</param>
/// <param name="Problems">Promises that were not kept, the first few; must be empty.</param>
public sealed record FuzzReport(long Cases, long Let, TimeSpan Cpu, IReadOnlyList<string> Problems);

/// <summary>Draws hostile patches and trees by the million: nothing may be let out, and nothing may throw.</summary>
public static class FuzzBench
{
    private const int MostProblems = 20;

    /// <summary>Seeds of one worker are this far from those of the next.</summary>
    private const int Apart = 100_000_000;

    public static async Task<int> RunAsync(int cases, int firstSeed, string? file, CancellationToken cancellationToken)
    {
        var patches = await InParallelAsync(cases, firstSeed, Patches, cancellationToken);
        var trees = await InParallelAsync(cases, firstSeed, Trees, cancellationToken);
        var table = Table(patches, trees, firstSeed);
        Console.Write(table);
        if (file is not null) await File.WriteAllTextAsync(file, table, cancellationToken);
        return patches.Problems.Count + trees.Problems.Count == 0 ? 0 : 1;
    }

    private static FuzzReport Patches(int cases, int firstSeed, CancellationToken cancellationToken)
    {
        var let = 0;
        List<string> problems = [];
        for (var n = 0; n < cases && problems.Count < MostProblems; n++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (PathFuzz.LetThrough(new Random(firstSeed + n), out _) is not { } paths) continue;
            let++;
            if (PathFuzz.Astray(paths) is { } astray) problems.Add($"patch of seed {firstSeed + n}: {astray}");
        }
        return new FuzzReport(cases, let, default, problems);
    }

    private static FuzzReport Trees(int cases, int firstSeed, CancellationToken cancellationToken)
    {
        using var ground = new DrillGround();
        var trees = new TreeFuzz(ground.Place("trees"));
        List<string> problems = [];
        for (var n = 0; trees.Cases < cases && problems.Count < MostProblems; n++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (trees.Broken(new Random(firstSeed + n)) is { } broken) problems.Add($"tree of seed {firstSeed + n}: {broken}");
        }
        return new FuzzReport(trees.Cases, trees.Given, default, problems);
    }

    private static async Task<FuzzReport> InParallelAsync(int cases, int firstSeed, Func<int, int, CancellationToken, FuzzReport> draw, CancellationToken cancellationToken)
    {
        using var self = Process.GetCurrentProcess();
        var before = self.TotalProcessorTime;
        var workers = Environment.ProcessorCount;
        var reports = await Task.WhenAll(Enumerable.Range(0, workers)
            .Select(w => Task.Run(() => draw((cases + workers - 1) / workers, firstSeed + (w * Apart), cancellationToken), cancellationToken)));
        self.Refresh();
        return new FuzzReport(reports.Sum(r => r.Cases), reports.Sum(r => r.Let), self.TotalProcessorTime - before, [.. reports.SelectMany(r => r.Problems)]);
    }

    private static string Table(FuzzReport patches, FuzzReport trees, int firstSeed)
    {
        var table = new StringBuilder();
        table.AppendLine("# Hostile patches and trees, drawn at random").AppendLine();
        table.AppendLine(CultureInfo.InvariantCulture, $"Seeds from {firstSeed} on, and from every {Apart} further for each of the {Environment.ProcessorCount} workers. The generators are those of the unit tests (`PathFuzz`, `TreeFuzz`).").AppendLine();
        table.AppendLine("- **patches**: one or two files with paths from parts that lead astray (`..`, `.git` and its disguises on NTFS and HFS+, control and zero-width characters, case, devices of Windows), modes of links and submodules, and contents that trip parsers, put to the gate as code of a model or, one in four, as a restore. Held for every patch let through: each path stays under its root and is what it says, no part is `.git` on any file system, no two files are one where case does not matter.");
        table.AppendLine("- **trees**: files, symbolic and hard links, pipes, whiteouts, directories and files too large, read by all their names and by names with `..`, NUL and links put in, and listed. Held: no byte from outside, every plain file to the byte, every entry listed as what it is, no exception.").AppendLine();
        table.AppendLine("| cases | drawn | let through or read | refused | CPU, µs a case | broken |").AppendLine("|---|---:|---:|---:|---:|---:|");
        foreach (var (name, report) in new[] { ("patches", patches), ("reads and listings of trees", trees) })
        {
            table.AppendLine(CultureInfo.InvariantCulture,
                $"| {name} | {report.Cases} | {report.Let} | {report.Cases - report.Let} | {report.Cpu.TotalMicroseconds / report.Cases:0} | {report.Problems.Count} |");
        }
        table.AppendLine().AppendLine("CPU is of the whole case: drawing it, making and removing the tree, and checking what came of it.");
        foreach (var problem in patches.Problems.Concat(trees.Problems)) table.AppendLine(CultureInfo.InvariantCulture, $"- {problem.ReplaceLineEndings(" ")}");
        return table.ToString();
    }
}

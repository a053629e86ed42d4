using System.Text.Json;
using Kintsugi.Evaluation.Agents;
using Kintsugi.Evaluation.Datasets;
using Kintsugi.Sandbox.Git;
using Kintsugi.Storage;

namespace Kintsugi.Healing.Repair;

/// <summary>One file that a candidate changes; at least one side is there.</summary>
/// <param name="Before">The old side's bytes; empty when there is none.</param>
/// <param name="After">The new side's bytes; empty when there is none.</param>
public sealed record PatchedFile(TreeFile? Old, TreeFile? New, ReadOnlyMemory<byte> Before, ReadOnlyMemory<byte> After);

/// <summary>What a patch is held against.</summary>
/// <param name="Tracked">Every file of the version that the patch is put on.</param>
/// <param name="LastGood">Every file of the last good version, which own code may put back as it was.</param>
/// <param name="Foreign">Whether a model or a stranger wrote any of it; otherwise it restores what this repository held before.</param>
public sealed record PatchTerms(AgentFiles Files, IReadOnlyList<TreeFile> Tracked, IReadOnlyList<TreeFile> LastGood, IReadOnlyList<Sample> Gold, bool Foreign);

/// <summary>One reason why a patch may not even be run.</summary>
/// <param name="Subject">A file's path, which may be a stranger's, or `the patch`.</param>
/// <param name="Reason">What follows the subject in a sentence: what is wrong and who or what can change it.</param>
public sealed record PatchRefusal(string Subject, string Reason);

/// <summary>Decides, before any of it is run, whether a patch is one that may be tried.</summary>
/// <remarks>
/// Holds what can be read off the patch itself. It does not stop code that behaves badly when it runs (the sandbox does), code that passes
/// the agent's own tests by tampering with them in memory, or answers that are copied in another spelling (the held-out samples show those).
/// What it says of tampering are signs, <see cref="TamperSigns"/>: code that hides them passes.
/// </remarks>
public static class PatchGate
{
    /// <summary>More than a person reviews with care: what needs more is a rewrite and no repair.</summary>
    public const int MostFiles = 50;

    /// <summary>Of all changed files together. Prompts and code are kilobytes; what is larger is data, and each candidate is laid out, hashed and searched.</summary>
    public const int MostBytes = 4 << 20;

    private const int MostShown = 5;
    private const string WholePatch = "the patch";

    private static readonly HashSet<string> Regular = ["100644", "100755"];

    // Keys by which package.json runs code, decides what is installed and what may run then, or steers a test runner.
    private static readonly string[] PackageKeys =
    [
        "scripts", "jest", "mocha", "vitest", "ava", "nyc", "c8", "husky", "lint-staged", "simple-git-hooks", "pre-commit", "packageManager", "pnpm", "trustedDependencies",
        "dependencies", "devDependencies", "peerDependencies", "optionalDependencies", "bundleDependencies", "bundledDependencies", "overrides", "resolutions",
    ];

    /// <returns>Every reason to refuse; empty when the patch may be tried.</returns>
    public static IReadOnlyList<PatchRefusal> Refusals(IReadOnlyList<PatchedFile> patch, PatchTerms terms)
    {
        ArgumentNullException.ThrowIfNull(patch);
        ArgumentNullException.ThrowIfNull(terms);
        var astray = PatchPaths.Refusals(patch, terms).ToList();
        List<PatchRefusal> refusals = [.. astray, .. patch.SelectMany(f => OfKind(f, terms)), .. OfProtection(patch, [.. astray.Select(r => r.Subject)], terms)];
        if (!terms.Foreign) return refusals;

        var tooLarge = OfSize(patch).ToList();
        return tooLarge.Count > 0
            ? [.. refusals, .. tooLarge] // and not searched for gold: the work is bounded too
            : [.. refusals, .. OfPackages(patch), .. GoldCopies.Refusals(patch, terms.Gold), .. TamperSigns.Refusals(patch, terms)];
    }

    /// <summary>The refusals in one sentence, subjects with the same reason together.</summary>
    public static string InWords(IReadOnlyList<PatchRefusal> refusals) => string.Join("; ", refusals
        .GroupBy(r => r.Reason, r => Shown.Word(r.Subject), StringComparer.Ordinal)
        .Select(g => $"{string.Join(", ", g.Take(MostShown))}{(g.Count() > MostShown ? $" and {g.Count() - MostShown} more" : "")} {g.Key}"));

    /// <summary>Links and submodules: they lead to what the patch does not show.</summary>
    private static IEnumerable<PatchRefusal> OfKind(PatchedFile file, PatchTerms terms)
    {
        if (terms.Foreign && file.Old is { } old && !Regular.Contains(old.Mode))
            yield return new PatchRefusal(old.Path, $"is {Kind(old.Mode)}, which code of a model may not replace or delete; change it by hand");
        if (file.New is { } @new && !Regular.Contains(@new.Mode) && (terms.Foreign || !terms.LastGood.Contains(@new)))
            yield return new PatchRefusal(@new.Path, $"would become {Kind(@new.Mode)}, which may only be put back as the last good version had it; change it by hand");
    }

    private static string Kind(string mode) => mode switch
    {
        "120000" => "a symbolic link",
        "160000" => "a submodule",
        _ => "neither a file nor an executable",
    };

    /// <param name="astray">Paths that are none, which globs would stumble over or take for others.</param>
    private static IEnumerable<PatchRefusal> OfProtection(IReadOnlyList<PatchedFile> patch, HashSet<string> astray, PatchTerms terms) =>
        from path in patch.SelectMany(f => new[] { f.Old?.Path, f.New?.Path }).OfType<string>().Distinct(StringComparer.Ordinal)
        where !astray.Contains(path)
        let reason = ProtectionOf(path, terms)
        where reason is not null
        select new PatchRefusal(path, reason);

    private static string? ProtectionOf(string path, PatchTerms terms) => terms.Files switch
    {
        var files when files.IsGold(path) => "is golden data, which judges the repair: no repair changes it",
        var files when files.IsSpec(path) => "states what is intended (`spec` in kintsugi.yaml): no repair changes it",
        var files when files.IsJudge(path) => "is a test, a scorer's file, or one of CI, git or kintsugi, and decides whether a repair passes: no repair changes it",
        var files when !files.MayChange(path) => "may not be changed; repair.may_change in kintsugi.yaml decides",
        var files when terms.Foreign && files.IsBesideGold(path) && !terms.Tracked.Any(f => f.Path == path) => "is new among golden data: code of a model puts nothing there; add it by hand",
        var files when terms.Foreign && files.IsNamedByScorer(path) => "is what a scorer judges by: code of a model may not change it; change it by hand",
        var files when terms.Foreign && files.BringsCode(path) => "decides which code of others is brought in: code of a model may not change it; change it by hand",
        var files when terms.Foreign && files.SteersTools(path) => "is obeyed unasked by a test runner, a package manager, a build or an editor: code of a model may not change it; change it by hand",
        var files when !terms.Foreign && files.IsNeverRestored(path) => "is adopted by the world, so it is mended forward or not at all (repair.never_restore)",
        _ => null,
    };

    private static IEnumerable<PatchRefusal> OfSize(IReadOnlyList<PatchedFile> patch)
    {
        if (patch.Count > MostFiles)
            yield return new PatchRefusal(WholePatch, $"changes {patch.Count} files; a repair changes at most {MostFiles}");
        if (patch.Sum(f => (long)f.After.Length) is var bytes && bytes > MostBytes)
            yield return new PatchRefusal(WholePatch, $"leaves {bytes} bytes in the files it changes; a repair leaves at most {MostBytes}");
    }

    private static IEnumerable<PatchRefusal> OfPackages(IReadOnlyList<PatchedFile> patch)
    {
        foreach (var file in patch)
        {
            var stays = file.Old?.Path == file.New?.Path;
            if (file.Old is { } old && IsPackageFile(old.Path) && Problem(file.Before, stays ? file.After : default) is { } lost)
                yield return new PatchRefusal(old.Path, lost);
            if (file.New is { } @new && !stays && IsPackageFile(@new.Path) && Problem(default, file.After) is { } gained)
                yield return new PatchRefusal(@new.Path, gained);
        }
    }

    private static bool IsPackageFile(string path) => Path.GetFileName(path).Equals("package.json", StringComparison.OrdinalIgnoreCase);

    private static string? Problem(ReadOnlyMemory<byte> before, ReadOnlyMemory<byte> after)
    {
        if (Keys(after) is not { } now) return "would be no JSON object any more, so nobody can say what it runs; write valid JSON";
        var changed = PackageKeys.Where(k => !Same(Keys(before)?.GetValueOrDefault(k), now.GetValueOrDefault(k))).ToList();
        return changed.Count == 0 ? null : $"may change, but not its `{string.Join("`, `", changed)}`, which runs code, brings code in or steers tests; change that by hand";
    }

    private static bool Same(JsonElement? before, JsonElement? after) =>
        before is { } old && after is { } @new ? JsonElement.DeepEquals(old, @new) : before is null && after is null;

    /// <returns>The value of each key, of one that stands twice the last as every reader of package.json takes it; empty for no file, null for what is no object.</returns>
    private static Dictionary<string, JsonElement?>? Keys(ReadOnlyMemory<byte> file)
    {
        if (file.IsEmpty) return [];
        try
        {
            using var document = JsonDocument.Parse(file);
            if (document.RootElement.ValueKind != JsonValueKind.Object) return null;
            var keys = new Dictionary<string, JsonElement?>(StringComparer.Ordinal);
            foreach (var property in document.RootElement.EnumerateObject()) keys[property.Name] = property.Value.Clone();
            return keys;
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            return null; // InvalidOperationException: a name that is no valid Unicode
        }
    }
}

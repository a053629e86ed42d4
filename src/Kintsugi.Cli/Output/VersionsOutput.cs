using System.ComponentModel;
using System.Globalization;
using Kintsugi.Evaluation.Agents;
using Kintsugi.Healing.Incidents;
using Spectre.Console;
using Component = Kintsugi.Evaluation.Agents.Component;

namespace Kintsugi.Cli.Output;

/// <summary>What `versions --json` prints.</summary>
internal sealed record VersionsDocument([property: Description("Newest commit first.")] IReadOnlyList<VersionRow> Versions);

/// <summary>What `versions --of --json` prints.</summary>
internal sealed record VersionOfDocument(
    [property: Description("The trace that was asked about; null where a version was.")] string? Trace,
    [property: Description("What the service calls its version.")] string Says,
    VersionRow Version);

/// <summary>One version of an agent.</summary>
internal sealed record VersionRow(
    string Commit,
    DateTimeOffset CommittedAt,
    [property: Description("Hash of all that the agent is made of: equal manifests are equal agents.")] string Manifest,
    [property: Description("Hash of each component.")] IReadOnlyDictionary<Component, string> Components,
    [property: Description("The components in which it differs from the row below; null for the oldest row, and where one version alone is shown.")] IReadOnlyList<Component>? Changed,
    [property: Description("Models that answered when it was evaluated last; empty where that is not known.")] IReadOnlyList<string> Models,
    DateTimeOffset FirstSeen,
    DateTimeOffset LastSeen,
    [property: Description("What brought it to our notice first.")] SeenBy SeenBy,
    [property: Description("What was found of it last; null for nothing yet.")] VersionFinding? Found,
    [property: Description("The last incident about it; null for none.")] string? Incident)
{
    public static VersionRow Of(KnownVersion version, KnownVersion? before) => new(
        version.Commit, version.CommittedAt, version.Manifest, version.ByComponent, before is null ? null : version.ChangedSince(before), version.Models,
        version.FirstSeen, version.LastSeen, version.SeenBy,
        version.Found is { } found ? new VersionFinding(found.Verdict, found.Passed, found.Runs, version.JudgedBy!.Value, version.JudgedAt!.Value) : null, version.Incident);
}

internal sealed record VersionFinding(
    [property: Description("A verdict of `eval`; `blessed`; `not_started`.")] string Verdict,
    int Passed,
    [property: Description("Those that the world did not fail.")] int Runs,
    SeenBy By,
    DateTimeOffset At);

/// <summary>Versions on a terminal.</summary>
internal static class VersionsText
{
    public static void Write(TextWriter output, IReadOnlyList<VersionRow> versions)
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(output) });
        if (Console.IsOutputRedirected) console.Profile.Width = 160;
        var table = new Table().Border(TableBorder.Simple).AddColumn("version").AddColumn("committed").AddColumn("changed").AddColumn("found").AddColumn("models").AddColumn("incident");
        foreach (var row in versions)
        {
            table.AddRow([.. new[]
            {
                row.Commit[..Math.Min(10, row.Commit.Length)], Date(row.CommittedAt), Changed(row), Found(row.Found), string.Join(", ", row.Models), row.Incident ?? "",
            }.Select(cell => Markup.Escape(Text.Plain(cell, 80)))]);
        }
        console.Write(table);
    }

    public static void Write(TextWriter output, VersionOfDocument of)
    {
        var version = of.Version;
        output.WriteLine($"{(of.Trace is { } trace ? $"trace {trace}, which says version" : "version")} {Text.Plain(of.Says, 100)}: commit {version.Commit}, {Date(version.CommittedAt)}");
        output.WriteLine($"  found     {(version.Found is null ? "nothing yet: kintsugi eval --version " + version.Commit[..10] : Found(version.Found))}");
        if (version.Models.Count > 0) output.WriteLine($"  models    {Text.Plain(string.Join(", ", version.Models), 300)}");
        if (version.Incident is { } incident) output.WriteLine($"  incident  {Text.Plain(incident, 60)}");
        foreach (var (component, hash) in version.Components) output.WriteLine($"  {Words.Snake(component),-10} {hash[..12]}");
    }

    private static string Changed(VersionRow row) => row.Changed switch
    {
        null => "",
        [] => "nothing of the agent",
        var changed => string.Join(", ", changed.Select(Words.Snake)),
    };

    private static string Found(VersionFinding? found) => found is null
        ? ""
        : string.Create(CultureInfo.InvariantCulture, $"{found.Verdict}{(found.Runs == 0 ? "" : $", {100.0 * found.Passed / found.Runs:0.0} % of {found.Runs}")}{(found.By == SeenBy.Replay ? " (replayed)" : "")}");

    private static string Date(DateTimeOffset at) => at.ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture);
}

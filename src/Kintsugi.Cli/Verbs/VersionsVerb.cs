using System.CommandLine;
using System.Text.Json;
using Kintsugi.Cli.Output;
using Kintsugi.Evaluation.Agents;
using Kintsugi.Evaluation.Running;
using Kintsugi.Models.Cassettes;
using Kintsugi.Tracing.Dialects;
using Kintsugi.Tracing.Spans;

namespace Kintsugi.Cli.Verbs;

/// <summary>Shows what an agent was made of over time, and which version said something.</summary>
internal static class VersionsVerb
{
    private const int Most = 1000;

    public static Command Command()
    {
        var directory = Edge.AgentDirectory();
        var of = new Option<string?>("--of")
        {
            Description = "One version alone: the one that said a trace (its id, as `kintsugi trace list` has it), or what a service calls its version: a tag or a commit.",
            HelpName = "TRACE|VERSION",
        };
        var store = new Option<string?>("--store") { Description = "Where `serve` keeps spans, as it was told: a connection string of PostgreSQL. Default: the file beside the agent.", HelpName = "WHERE" };
        var limit = new Option<int>("--limit") { Description = $"So many at most, up to {Most}.", HelpName = "N", DefaultValueFactory = _ => 20 };
        var json = Edge.Json();
        return new Verb("versions", "Shows the versions that were evaluated, blessed, healed or alarmed about: what changed in each, what was found of it.")
        {
            Arguments = { directory },
            Options = { of, store, limit, json },
            Examples =
            [
                ("kintsugi versions", "prompts, models, tools and schemas over time, with their verdicts"),
                ("kintsugi versions --of 4bf92f3577b34da6a3ce929d0e0e4736", "which version said this trace"),
                ("kintsugi versions --json", "docs/versions.schema.json describes the document, versions-of.schema.json that of --of"),
            ],
        }.Does(async (parsed, cancellationToken) =>
        {
            var most = parsed.GetValue(limit);
            if (most is < 1 or > Most) throw new UsageException($"--limit is {most}. Write 1 to {Most}.");
            await using var workspace = await Workspace.OpenAsync(parsed.GetValue(directory)!, "HEAD", false, CassetteMode.Replay, cancellationToken);
            if (parsed.GetValue(of) is { } asked)
            {
                var document = await OfAsync(workspace, parsed.GetValue(directory)!, parsed.GetValue(store), asked, cancellationToken);
                if (parsed.GetValue(json)) Print(document);
                else VersionsText.Write(Console.Out, document);
                return ExitStatus.Ok;
            }
            var known = await KnownAsync(workspace, most + 1, cancellationToken); // one more, to tell what changed in the last that is shown
            List<VersionRow> rows = [.. known.Take(most).Select((version, i) => VersionRow.Of(version, i + 1 < known.Count ? known[i + 1] : null))];
            if (parsed.GetValue(json)) Print(new VersionsDocument(rows));
            else if (rows.Count == 0) Console.Out.WriteLine("No version was evaluated yet. Run `kintsugi eval`, or `kintsugi bless` on a good version.");
            else VersionsText.Write(Console.Out, rows);
            return ExitStatus.Ok;
        });
    }

    /// <summary>Those that were noted, and those whose runs are stored from before anything was.</summary>
    private static async Task<List<KnownVersion>> KnownAsync(Workspace workspace, int most, CancellationToken cancellationToken)
    {
        var known = new VersionStore(workspace.Database, workspace.Clock).List(workspace.Agent.Name, most).ToDictionary(v => v.Commit);
        foreach (var (commit, first, last) in new ResultStore(workspace.Database, workspace.Clock).Commits(workspace.Agent.Name, most))
        {
            if (known.ContainsKey(commit) || await workspace.Git.TryResolveAsync(commit, cancellationToken) is not { } found) continue;
            var hashes = await workspace.ComponentsAsync(found, cancellationToken);
            known[commit] = new KnownVersion(found.Id, found.At, hashes.Manifest, hashes.ByComponent, [], first, last, SeenBy.Eval, null, null, null, null);
        }
        return [.. known.Values.OrderByDescending(v => v.CommittedAt).ThenByDescending(v => v.FirstSeen).Take(most)];
    }

    private static async Task<VersionOfDocument> OfAsync(Workspace workspace, string directory, string? postgres, string asked, CancellationToken cancellationToken)
    {
        var (trace, says) = TraceId.Of(asked) is { } id ? (id.ToString(), await SaidByAsync(directory, postgres, id, cancellationToken)) : (null, asked);
        var commit = await DeployedVersion.CommitAsync(workspace.Git, says, cancellationToken)
            ?? throw new UsageException($"'{Text.Plain(says, 100)}' is no tag and no commit of this repository{(trace is null ? "" : $", and that is what trace {trace} says of its version")}. Have the service send its tag or commit as service.version; docs/ingest.md says how.");
        var known = new VersionStore(workspace.Database, workspace.Clock).Find(workspace.Agent.Name, commit.Id);
        if (known is null)
        {
            var (hashes, now) = (await workspace.ComponentsAsync(commit, cancellationToken), workspace.Clock.GetUtcNow());
            known = new KnownVersion(commit.Id, commit.At, hashes.Manifest, hashes.ByComponent, [], now, now, SeenBy.Alarm, null, null, null, null);
        }
        return new VersionOfDocument(trace, says, VersionRow.Of(known, null));
    }

    private static async Task<string> SaidByAsync(string directory, string? postgres, TraceId trace, CancellationToken cancellationToken)
    {
        await using var spans = TraceSources.Open(directory, postgres, "Have `kintsugi serve` take some; docs/ingest.md says how.", TimeProvider.System);
        var stored = await spans.ReadAsync(trace, cancellationToken) ?? throw new UsageException($"there is no trace {trace}. `kintsugi trace list` has those that are kept.");
        return SpanBodies.Read(stored).Version
            ?? throw new UsageException($"trace {trace} does not say of which version it is. Have the service send its tag or commit as service.version; docs/ingest.md says how.");
    }

    private static void Print<T>(T document) => Console.Out.WriteLine(JsonSerializer.Serialize(document, HealDocument.Json));
}

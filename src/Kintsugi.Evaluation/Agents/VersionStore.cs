using System.Globalization;
using System.Text.Json;
using Dapper;
using Kintsugi.Storage;

namespace Kintsugi.Evaluation.Agents;

/// <summary>What brought a version to our notice. Stored: only ever appended to.</summary>
public enum SeenBy
{
    Eval = 0,
    Bless = 1,
    Heal = 2,
    Alarm = 3,

    /// <summary>An evaluation that recordings alone answered.</summary>
    Replay = 4,
}

/// <summary>A version of an agent as it was met now.</summary>
/// <param name="Models">Names of the models that answered it; empty where nobody was asked.</param>
public sealed record MetVersion(string Commit, DateTimeOffset CommittedAt, ComponentHashes Hashes, IReadOnlyList<string> Models, SeenBy By)
{
    /// <summary>Null where nothing was found of it this time.</summary>
    public FoundOfVersion? Found { get; init; }

    /// <summary>Null for none.</summary>
    public string? Incident { get; init; }
}

/// <summary>What an evaluation said.</summary>
/// <param name="Verdict">`healthy`, `regressed`, …; `blessed`; `no_baseline`; `not_started`.</param>
/// <param name="Passed">Of <paramref name="Runs"/>.</param>
public sealed record FoundOfVersion(string Verdict, int Passed, int Runs);

/// <summary>A version of an agent with all that is known of it.</summary>
/// <param name="SeenBy">The first time.</param>
/// <param name="JudgedAt">Null, as <paramref name="JudgedBy"/>, while nothing was found.</param>
public sealed record KnownVersion(
    string Commit, DateTimeOffset CommittedAt, string Manifest, IReadOnlyDictionary<Component, string> ByComponent, IReadOnlyList<string> Models,
    DateTimeOffset FirstSeen, DateTimeOffset LastSeen, SeenBy SeenBy, FoundOfVersion? Found, DateTimeOffset? JudgedAt, SeenBy? JudgedBy, string? Incident)
{
    /// <summary>The components in which it differs from another version.</summary>
    public IReadOnlyList<Component> ChangedSince(KnownVersion other) =>
        [.. Enum.GetValues<Component>().Where(c => ByComponent.GetValueOrDefault(c) != other.ByComponent.GetValueOrDefault(c))];
}

/// <summary>The versions of agents in the database, one row for each commit.</summary>
public sealed class VersionStore(Database database, TimeProvider clock)
{
    private const string Columns =
        "commit_id as CommitId, committed_at as CommittedAt, manifest, components, models, first_seen as FirstSeen, last_seen as LastSeen, seen_by as SeenBy, verdict, passed, runs, judged_at as JudgedAt, judged_by as JudgedBy, incident";

    /// <summary>Notes that a version was met. What was found of it replaces what was found before, but what recordings say never what fresh runs said.</summary>
    public void Note(string agent, MetVersion met) => database.Write(durable: false, (connection, transaction) => connection.Execute(
        """
        insert into agent_version (agent, commit_id, committed_at, manifest, components, models, first_seen, last_seen, seen_by, verdict, passed, runs, judged_at, judged_by, incident)
        values (@agent, @Commit, @CommittedAt, @Manifest, @Components, @Models, @Now, @Now, @By, @Verdict, @Passed, @Runs, @JudgedAt, @JudgedBy, @Incident)
        on conflict (agent, commit_id) do update set
            manifest = excluded.manifest, components = excluded.components, last_seen = excluded.last_seen,
            models = case when excluded.models = '[]' then models else excluded.models end,
            incident = coalesce(excluded.incident, incident)
        """,
        Values(agent, met), transaction)
        + (met.Found is null ? 0 : connection.Execute(
            """
            update agent_version set verdict = @Verdict, passed = @Passed, runs = @Runs, judged_at = @JudgedAt, judged_by = @JudgedBy
            where agent = @agent and commit_id = @Commit and (@JudgedBy <> @Replay or coalesce(judged_by, @Replay) = @Replay)
            """,
            Values(agent, met), transaction)));

    /// <summary>Newest commit first.</summary>
    public IReadOnlyList<KnownVersion> List(string agent, int limit)
    {
        using var connection = database.Connect();
        return [.. connection.Query<Row>($"select {Columns} from agent_version where agent = @agent order by committed_at desc, first_seen desc, commit_id limit @limit", new { agent, limit }).Select(Read)];
    }

    /// <summary>Null for one that was never met.</summary>
    public KnownVersion? Find(string agent, string commit)
    {
        using var connection = database.Connect();
        return connection.QuerySingleOrDefault<Row>($"select {Columns} from agent_version where agent = @agent and commit_id = @commit", new { agent, commit }) is { } row ? Read(row) : null;
    }

    private object Values(string agent, MetVersion met)
    {
        var now = Text(clock.GetUtcNow());
        return new
        {
            agent,
            met.Commit,
            CommittedAt = Text(met.CommittedAt),
            met.Hashes.Manifest,
            Components = JsonSerializer.Serialize(met.Hashes.ByComponent.OrderBy(c => c.Key).ToDictionary(c => Word(c.Key), c => c.Value)),
            Models = JsonSerializer.Serialize(met.Models),
            Now = now,
            By = (int)met.By,
            met.Found?.Verdict,
            met.Found?.Passed,
            met.Found?.Runs,
            JudgedAt = met.Found is null ? null : now,
            JudgedBy = met.Found is null ? null : (int?)met.By,
            met.Incident,
            Replay = (int)SeenBy.Replay,
        };
    }

    private static KnownVersion Read(Row row) => new(
        row.CommitId, Time(row.CommittedAt), row.Manifest,
        JsonSerializer.Deserialize<Dictionary<string, string>>(row.Components)!.ToDictionary(c => Enum.Parse<Component>(c.Key, ignoreCase: true), c => c.Value),
        JsonSerializer.Deserialize<List<string>>(row.Models)!, Time(row.FirstSeen), Time(row.LastSeen), (SeenBy)row.SeenBy,
        row.Verdict is null ? null : new FoundOfVersion(row.Verdict, (int)(row.Passed ?? 0), (int)(row.Runs ?? 0)),
        row.JudgedAt is null ? null : Time(row.JudgedAt), (SeenBy?)row.JudgedBy, row.Incident);

    private static string Word(Component component) => component.ToString().ToLowerInvariant();

    // In UTC and of one length, so that texts are in the order of times.
    private static string Text(DateTimeOffset time) => time.ToUniversalTime().ToString("O", CultureInfo.InvariantCulture);

    private static DateTimeOffset Time(string text) => DateTimeOffset.Parse(text, CultureInfo.InvariantCulture);

    /// <summary>The table's columns.</summary>
    private sealed record Row(
        string CommitId, string CommittedAt, string Manifest, string Components, string Models, string FirstSeen, string LastSeen, long SeenBy,
        string? Verdict, long? Passed, long? Runs, string? JudgedAt, long? JudgedBy, string? Incident);
}

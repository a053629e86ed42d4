using Dapper;
using Kintsugi.Healing.Review;
using Kintsugi.Storage;
using Microsoft.Data.Sqlite;

namespace Kintsugi.Healing.Incidents;

/// <summary>The append-only log of all incidents, and the one row that says whether an incident is open.</summary>
/// <remarks>Unique (incident, version): of two owners that append the same version one is told so, and stops.</remarks>
public sealed class IncidentLog(Database database, TimeProvider clock)
{
    private const int ConstraintViolated = 19;

    /// <summary>Opens an incident, or finds the open one of the same fingerprint.</summary>
    /// <returns>The incident's id, and whether it was made now.</returns>
    public (string Incident, bool Made) Open(string fingerprint, Opened opened) =>
        database.Write(durable: true, (connection, transaction) => Open(connection, transaction, fingerprint, opened));

    /// <summary>Appends an alarm to the open incident of a fingerprint, which is opened where there is none.</summary>
    /// <returns>The incident's id; null when this version of the service has alarmed before, in whatever incident.</returns>
    public string? Raise(string fingerprint, Opened opened, Alarmed alarmed) =>
        database.Write(durable: true, (connection, transaction) =>
        {
            if (HasAlarmed(connection, transaction, opened.Agent, alarmed.Alarm.Service, alarmed.Alarm.Version)) return null;
            var (incident, _) = Open(connection, transaction, fingerprint, opened);
            var version = connection.ExecuteScalar<int>("select max(version) from event where incident = @incident", new { incident }, transaction);
            Insert(connection, transaction, incident, version + 1, alarmed);
            return incident;
        });

    /// <summary>Whether an incident of the agent, open or closed, has an alarm of this version.</summary>
    public bool HasAlarmed(string agent, string service, string version)
    {
        using var connection = database.Connect();
        return HasAlarmed(connection, null, agent, service, version);
    }

    /// <summary>Appends what happened as the next version.</summary>
    /// <param name="version">One more than the number of events the caller has seen.</param>
    /// <exception cref="IncidentMovedException">Somebody else appended that version first.</exception>
    public void Append(string incident, int version, IncidentEvent happened)
    {
        try
        {
            database.Write(durable: true, (connection, transaction) =>
            {
                Insert(connection, transaction, incident, version, happened);
                if (OutcomeAfter(happened) is { } after)
                {
                    connection.Execute(
                        "update incident set closed_at = @at, outcome = @outcome where id = @incident",
                        new { at = after.Closes ? Now() : null, outcome = after.Outcome, incident }, transaction);
                }
                return true;
            });
        }
        catch (SqliteException e) when (e.SqliteErrorCode == ConstraintViolated)
        {
            throw new IncidentMovedException(incident, version);
        }
    }

    /// <summary>Appends what happened to an incident as the caller knows it. An alarm may have been appended meanwhile, and takes nothing from what was done.</summary>
    /// <param name="happened">Told of every event that the caller did not know, once it is on disk.</param>
    /// <returns>The incident with it.</returns>
    /// <exception cref="IncidentMovedException">Somebody else took the incident further.</exception>
    public IncidentState Append(IncidentState state, IncidentEvent next, IProgress<LoggedEvent>? happened)
    {
        try
        {
            Append(state.Incident, state.Version + 1, next);
        }
        catch (IncidentMovedException)
        {
            var meanwhile = Read(state.Incident).Skip(state.Version).ToList();
            if (meanwhile is [] || meanwhile.Exists(e => e.Event is not Alarmed)) throw;
            foreach (var alarm in meanwhile) happened?.Report(alarm);
            return Append(IncidentState.Fold(state.Incident, [.. state.Log, .. meanwhile]), next, happened);
        }
        var logged = new LoggedEvent(state.Version + 1, clock.GetUtcNow(), next);
        happened?.Report(logged);
        return IncidentState.Fold(state.Incident, [.. state.Log, logged]);
    }

    /// <summary>All that happened, oldest first; empty when there is no such incident.</summary>
    public IReadOnlyList<LoggedEvent> Read(string incident)
    {
        using var connection = database.Connect();
        return [.. connection
            .Query<(long Version, string Name, long Schema, string At, string Body)>(
                "select version, name, schema, at, body from event where incident = @incident order by version", new { incident })
            .Select(row => new LoggedEvent((int)row.Version, Instant(row.At), IncidentEventCodec.Read(row.Name, (int)row.Schema, row.Body)))];
    }

    /// <summary>Incidents, newest first.</summary>
    public IReadOnlyList<IncidentRow> List(int limit = 100)
    {
        using var connection = database.Connect();
        return [.. connection
            .Query<(string Id, string Agent, string Fingerprint, string OpenedAt, string? ClosedAt, string? Outcome)>(
                "select id, agent, fingerprint, opened_at, closed_at, outcome from incident order by opened_at desc, id limit @limit", new { limit })
            .Select(row => new IncidentRow(row.Id, row.Agent, row.Fingerprint, Instant(row.OpenedAt), row.ClosedAt is null ? null : Instant(row.ClosedAt), row.Outcome))];
    }

    public bool IsOpen(string fingerprint)
    {
        using var connection = database.Connect();
        return connection.ExecuteScalar<bool>("select exists (select 1 from incident where fingerprint = @fingerprint and closed_at is null)", new { fingerprint });
    }

    /// <summary>The closed incident of a fingerprint that was opened last and ended over a version with this manifest; null where there is none.</summary>
    public IncidentState? LastClosed(string fingerprint, string manifest)
    {
        using var connection = database.Connect();
        return connection
            .Query<string>("select id from incident where fingerprint = @fingerprint and closed_at is not null order by opened_at desc", new { fingerprint })
            .Select(id => IncidentState.Fold(id, Read(id)))
            .FirstOrDefault(state => state.HeadManifest == manifest);
    }

    /// <summary>Incidents of an agent whose pull request is to be read, oldest first.</summary>
    public IReadOnlyList<string> Conversing(string agent)
    {
        using var connection = database.Connect();
        return [.. connection
            .Query<string>(
                """
                select id from incident
                where agent = @agent and exists (select 1 from event where incident = id and name = 'proposed' and body ->> '$.proposal.kind' = 'pull_request')
                    and not exists (select 1 from event where incident = id and name = 'conversation_ended') -- most of them, in time
                order by opened_at, id
                """,
                new { agent })
            .Where(id => IncidentState.Fold(id, Read(id)).Converses)];
    }

    /// <summary>Whether an incident of a base has come to an end, or to a proposal, over a version with this manifest.</summary>
    public bool HasLookedAt(string agent, string baseCommit, string manifest)
    {
        using var connection = database.Connect();
        return connection
            .Query<string>(
                """
                select id from incident
                where agent = @agent and outcome is not null
                    and exists (select 1 from event where incident = id and name = 'opened' and body ->> '$.base.id' = @baseCommit)
                    and exists (select 1 from event where incident = id and name in ('opened', 'revisited') and body ->> '$.head_manifest' = @manifest)
                """,
                new { agent, baseCommit, manifest })
            .Any(id => IncidentState.Fold(id, Read(id)) is { Outcome: not null } state && state.HeadManifest == manifest);
    }

    private (string Incident, bool Made) Open(SqliteConnection connection, System.Data.Common.DbTransaction transaction, string fingerprint, Opened opened)
    {
        var existing = connection.QuerySingleOrDefault<string>(
            "select id from incident where fingerprint = @fingerprint and closed_at is null", new { fingerprint }, transaction);
        if (existing is not null) return (existing, false);
        var earlier = connection.ExecuteScalar<int>("select count(*) from incident where fingerprint = @fingerprint", new { fingerprint }, transaction);
        var id = earlier == 0 ? fingerprint : $"{fingerprint}-{earlier + 1}";
        connection.Execute(
            "insert into incident (id, agent, fingerprint, opened_at) values (@id, @agent, @fingerprint, @at)",
            new { id, agent = opened.Agent, fingerprint, at = Now() }, transaction);
        Insert(connection, transaction, id, 1, opened);
        return (id, true);
    }

    private static bool HasAlarmed(SqliteConnection connection, System.Data.Common.DbTransaction? transaction, string agent, string service, string version) =>
        connection.ExecuteScalar<bool>(
            """
            select exists (
                select 1 from event join incident on incident.id = event.incident
                where event.name = 'alarmed' and incident.agent = @agent and event.body ->> '$.alarm.service' = @service and event.body ->> '$.alarm.version' = @version)
            """,
            new { agent, service, version }, transaction);

    /// <returns>Null where the event changes nothing about how the incident stands.</returns>
    private static (bool Closes, string? Outcome)? OutcomeAfter(IncidentEvent happened) => happened switch
    {
        Closed closed => (true, Words.Snake(closed.Outcome)),
        Proposed => (false, Words.Snake(IncidentOutcome.Proposed)),
        Revisited => (false, null),
        _ => null,
    };

    private void Insert(SqliteConnection connection, System.Data.Common.DbTransaction transaction, string incident, int version, IncidentEvent happened)
    {
        var (name, schema, body) = IncidentEventCodec.Write(happened);
        connection.Execute(
            "insert into event (incident, version, name, schema, at, body) values (@incident, @version, @name, @schema, @at, @body)",
            new { incident, version, name, schema, at = Now(), body }, transaction);
    }

    private string Now() => clock.GetUtcNow().ToString("O", System.Globalization.CultureInfo.InvariantCulture);

    private static DateTimeOffset Instant(string text) => DateTimeOffset.Parse(text, System.Globalization.CultureInfo.InvariantCulture);
}

public sealed record LoggedEvent(int Version, DateTimeOffset At, IncidentEvent Event);

/// <param name="ClosedAt">Null while it is open: to be gone on with, or waiting for a person.</param>
/// <param name="Outcome">How it ended; `proposed` while a fix waits; null while there is work to do.</param>
public sealed record IncidentRow(string Id, string Agent, string Fingerprint, DateTimeOffset OpenedAt, DateTimeOffset? ClosedAt, string? Outcome);

/// <summary>Another process has taken the incident further: this one must let go of it.</summary>
public sealed class IncidentMovedException(string incident, int version)
    : Exception($"Incident {incident} was taken further by another process (event {version} exists). Run `kintsugi incident show {incident}`.");

using System.Globalization;
using System.Text.Json.Nodes;
using Kintsugi.Storage;
using Kintsugi.Tracing.Spans;
using Kintsugi.Tracing.Store;
using Kintsugi.Tracing.Wire;
using Microsoft.AspNetCore.Http;
using Microsoft.Data.Sqlite;

namespace Kintsugi.Tracing.LangSmith;

/// <summary>What stands behind the routes of LangSmith's API: runs become spans, the rest is kept beside them.</summary>
/// <remarks>Runs, examples and feedback are redacted before they are written; datasets and projects lose what looks like a key.</remarks>
public sealed class LangSmithApi
{
    /// <summary>With its indexes, on disk.</summary>
    private const int BytesOfAPlace = 200;

    /// <summary>Runs whose feedback is read at once.</summary>
    private const int MostAsked = 1_000;

    private readonly Database _database;
    private readonly SpanIntake _intake;
    private readonly ISpanStore _spans;
    private readonly SpanRedaction _redaction;
    private readonly TimeProvider _clock;
    private readonly Func<Experiment, CancellationToken, Task>? _evaluated;
    private readonly RunPlaces _runs;

    /// <summary>What is read of runs may be as large as anything that was ever taken: one reads at a time.</summary>
    private SemaphoreSlim Reading { get; } = new(1);

    /// <param name="database">That of spans: <see cref="Database.OpenSpans"/>.</param>
    /// <param name="intake">Writes to <paramref name="spans"/>, which puts runs together by <see cref="LangSmithRun.Merge"/>.</param>
    /// <param name="memory">What requests under way may take together, with others that share it.</param>
    /// <param name="evaluated">Told of an experiment whenever something of it arrives after its end; null tells nobody.</param>
    public LangSmithApi(
        Database database, SpanIntake intake, ISpanStore spans, IngestMemory memory, SpanRedaction redaction, TimeProvider clock, Func<Experiment, CancellationToken, Task>? evaluated)
    {
        (_database, _intake, _spans, Memory, _redaction, _clock, _evaluated) = (database, intake, spans, memory, redaction, clock, evaluated);
        _runs = new RunPlaces(database);
        Sessions = new LangSmithSessions(database, clock);
        Datasets = new LangSmithDatasets(database, clock);
        Examples = new LangSmithExamples(database, redaction, clock);
        Feedback = new LangSmithFeedback(database, redaction, clock);
    }

    internal IngestMemory Memory { get; }

    internal LangSmithSessions Sessions { get; }

    internal LangSmithDatasets Datasets { get; }

    internal LangSmithExamples Examples { get; }

    internal LangSmithFeedback Feedback { get; }

    /// <summary>Forgets the oldest runs and what was said of them; their spans are the store's to delete.</summary>
    /// <param name="beforeNs">Those that began before; null for none.</param>
    /// <param name="mostBytes">What spans may take, of which where their runs are takes a tenth; null for any.</param>
    /// <exception cref="StorageException">The database refuses.</exception>
    public void Trim(long? beforeNs, long? mostBytes)
    {
        try
        {
            _runs.Trim(beforeNs, mostBytes / 10 / BytesOfAPlace);
        }
        catch (SqliteException e)
        {
            throw new StorageException("traces.db", e);
        }
    }

    /// <exception cref="RefusedException">429: what waits already is as much as may.</exception>
    internal void ThrowIfFull()
    {
        if (_intake.IsFull) throw new RefusedException(StatusCodes.Status429TooManyRequests, SpanIntake.Full);
    }

    /// <summary>Waits until all is committed.</summary>
    /// <exception cref="RefusedException">422 for what cannot be placed, 429 when too much waits.</exception>
    /// <param name="sizeBytes">Of the body that it was read from.</param>
    internal async Task TakeAsync(RunBatch batch, int sizeBytes, CancellationToken cancellationToken)
    {
        var now = _clock.GetUtcNow();
        using var room = new RunRoom(Memory, sizeBytes);
        List<(Guid Id, JsonObject Feedback)> feedback = [.. batch.ReadFeedback()];
        List<RunNote> notes = [];
        foreach (var (rows, theirs) in batch.ToParts(_runs.TraceOf, Sessions.NameOf, _redaction, JsonBytes.Ns(now) ?? 0, room))
        {
            if (!await _intake.TryWriteAsync(rows, [], isBegun: notes.Count > 0, cancellationToken)) throw new RefusedException(StatusCodes.Status429TooManyRequests, SpanIntake.Full);
            notes.AddRange(theirs);
        }
        HashSet<string> projects = [.. notes.Select(n => n.Session).OfType<string>()];
        _database.Write(durable: false, (connection, transaction) =>
        {
            RunPlaces.Write(notes, connection, transaction);
            Sessions.Make(projects, connection, transaction);
            Feedback.Write(feedback, now, connection, transaction);
            return 0;
        });
        projects.UnionWith(notes.Where(n => n.Session is null).Select(n => _runs.ProjectOf(n.Id)).OfType<string>()); // a patch need not say it again
        projects.UnionWith(feedback.Select(f => Document.Id(f.Feedback, "session_id")).OfType<Guid>().Distinct().Select(Sessions.NameOf).OfType<string>());
        List<Guid> touched = [.. notes.Select(n => n.Id), .. feedback.Select(f => Document.Id(f.Feedback, "run_id")).OfType<Guid>()];
        foreach (var project in projects) await TellAsync(Sessions.Experiment(project), touched, cancellationToken);
    }

    /// <exception cref="RefusedException">422: it has no key.</exception>
    internal async Task<JsonObject> TakeAsync(JsonObject feedback, CancellationToken cancellationToken)
    {
        var id = Document.Id(feedback, "id") ?? Guid.CreateVersion7(_clock.GetUtcNow());
        _database.Write(durable: false, (connection, transaction) =>
        {
            Feedback.Write([(id, feedback)], _clock.GetUtcNow(), connection, transaction);
            return 0;
        });
        var run = Document.Id(feedback, "run_id");
        var project = Document.Id(feedback, "session_id") is { } session && Sessions.NameOf(session) is { } named ? named : run is { } known ? _runs.ProjectOf(known) : null;
        if (project is not null) await TellAsync(Sessions.Experiment(project), run is { } of ? [of] : [], cancellationToken);
        return Feedback.Read(id);
    }

    /// <exception cref="RefusedException">404.</exception>
    internal async Task<JsonObject> UpdateSessionAsync(Guid id, JsonObject change, CancellationToken cancellationToken)
    {
        var session = Sessions.Update(id, change);
        await TellAsync(Sessions.Experiment(Document.Text(session, "name")!), touched: null, cancellationToken);
        return session;
    }

    /// <exception cref="RefusedException">404.</exception>
    internal Task<JsonObject> ReadRunAsync(Guid id, CancellationToken cancellationToken) =>
        InTurnAsync(async () => Answers([await FindAsync(id, cancellationToken) ?? throw Document.NotFound("Run", id)])[0]!.AsObject(), cancellationToken);

    /// <summary>`{"runs":[…],"cursors":{"next":…}}`, newest first.</summary>
    /// <exception cref="RefusedException">422: an order in which projects are not read.</exception>
    internal Task<JsonObject> QueryAsync(RunQuery query, CancellationToken cancellationToken) => InTurnAsync(() => AnswerAsync(query, cancellationToken), cancellationToken);

    private async Task<T> InTurnAsync<T>(Func<Task<T>> read, CancellationToken cancellationToken)
    {
        await Reading.WaitAsync(cancellationToken);
        try
        {
            return await read();
        }
        finally
        {
            Reading.Release();
        }
    }

    private async Task<JsonObject> AnswerAsync(RunQuery query, CancellationToken cancellationToken)
    {
        if (query.Ids.Count > 0 || query.Trace is not null || query.Parent is not null || query.Examples.Count > 0) return Page([.. (await NamedAsync(query, cancellationToken)).Take(query.Limit)], next: null);
        if (query.Ascending) throw Document.Unprocessable("The runs of a project are read newest first. Leave `order` out, or ask for one trace.");
        return await PageAsync(query, cancellationToken);
    }

    private async Task<IEnumerable<SpanRow>> NamedAsync(RunQuery query, CancellationToken cancellationToken)
    {
        var projects = query.Sessions.Select(Sessions.NameOf).ToList();
        IEnumerable<TraceId?> traces =
            query.Trace is { } trace ? [TraceId.Of(trace.ToString())]
            : query.Ids.Count > 0 ? query.Ids.Select(_runs.TraceOf)
            : query.Parent is { } parent ? [_runs.TraceOf(parent)]
            : query.Examples.SelectMany(e => _runs.Of(null, e)).Select(n => (TraceId?)n.Trace);
        var rows = new List<SpanRow>();
        foreach (var known in traces.OfType<TraceId>().Distinct().Take(RunQuery.MostRuns))
            if (await _spans.ReadAsync(known, cancellationToken) is { } stored) rows.AddRange(stored.Spans.Where(s => s.Format == SpanFormat.LangSmith));
        var found = rows.Where(r => query.Matches(r) && (query.Ids.Count == 0 || query.Ids.Contains(r.Id.ToGuid())) && (projects.Count == 0 || projects.Contains(r.Source.Service)));
        return query.Ascending ? found.OrderBy(r => r.StartNs) : found.OrderByDescending(r => r.StartNs);
    }

    private async Task<JsonObject> PageAsync(RunQuery query, CancellationToken cancellationToken)
    {
        var projects = query.Sessions.Count == 0 ? [null] : query.Sessions.Select(s => Sessions.NameOf(s) ?? throw Document.NotFound("Project", s)).ToList<string?>();
        var asked = new SpanQuery(query.FromNs, query.Before, FailedOnly: query.Failed == true, RootsOnly: query.IsRoot == true, Limit: RunQuery.MostRuns, MostBytes: RunQuery.MostBytes);
        var found = new List<SpanRow>();
        foreach (var project in projects) found.AddRange(await _spans.FindAsync(asked with { Service = project }, cancellationToken));
        List<SpanRow> rows = [.. asked.Within(found.OrderByDescending(r => r.StartNs).Take(RunQuery.MostRuns))];
        var isCut = rows.Count == RunQuery.MostRuns || rows.Sum(r => (long)r.Body.Length) >= RunQuery.MostBytes;

        // A page ends between two times, so that the next one begins with all runs of its own first moment.
        var (page, next) = (new List<SpanRow>(), isCut ? rows[^1].StartNs : (long?)null);
        foreach (var moment in rows.GroupBy(r => r.StartNs))
        {
            if (page.Count >= query.Limit)
            {
                next = moment.Key + 1;
                break;
            }
            if (next is { } end && moment.Key == end && rows[0].StartNs != end)
            {
                next = end + 1;
                break;
            }
            page.AddRange(moment.Where(r => r.Format == SpanFormat.LangSmith && query.Matches(r)));
        }
        return Page(page, next);
    }

    private JsonObject Page(IReadOnlyList<SpanRow> rows, long? next) => new()
    {
        ["runs"] = Answers(rows),
        ["cursors"] = new JsonObject { ["next"] = next?.ToString(CultureInfo.InvariantCulture), ["prev"] = null },
    };

    private JsonArray Answers(IReadOnlyList<SpanRow> rows)
    {
        var sessions = rows.Select(r => r.Source.Service).Distinct().ToDictionary(name => name, name => Sessions.Find(new SessionQuery([], name, null, null, 0, 1)) is [var found] ? Document.Text(found, "id") : null);
        return new JsonArray([.. rows.Select(row => RunAnswer.Of(row, sessions[row.Source.Service]))]);
    }

    private async Task<SpanRow?> FindAsync(Guid run, CancellationToken cancellationToken) =>
        _runs.TraceOf(run) is { } trace && await _spans.ReadAsync(trace, cancellationToken) is { } stored ? stored.Spans.FirstOrDefault(s => s.Id.ToGuid() == run) : null;

    /// <param name="touched">Runs that something arrived of; null when all of it is told.</param>
    private async Task TellAsync(ExperimentRow? experiment, IReadOnlyList<Guid>? touched, CancellationToken cancellationToken)
    {
        if (experiment is not { IsClosed: true } || _evaluated is null) return;
        var samples = touched is null ? null : _runs.SamplesOf(experiment.Name, touched);
        if (samples is not []) await _evaluated(await ReadAsync(experiment, samples, cancellationToken), cancellationToken);
    }

    private async Task<Experiment> ReadAsync(ExperimentRow experiment, IReadOnlyList<Guid>? samples, CancellationToken cancellationToken)
    {
        List<RunNote> notes = [.. samples is null ? _runs.Of(experiment.Name, null) : samples.SelectMany(s => _runs.Of(experiment.Name, s))];
        var feedback = notes.Chunk(MostAsked).SelectMany(some => Feedback.Find(new FeedbackQuery([.. some.Select(n => n.Id)], [], [], null, 0, int.MaxValue))).ToLookup(f => Document.Id(f, "run_id"));
        var runs = new List<ExperimentRun>(notes.Count);
        foreach (var note in notes)
        {
            if (await _spans.ReadAsync(note.Trace, cancellationToken) is not { } trace || trace.Spans.FirstOrDefault(s => s.Id.ToGuid() == note.Id) is not { } root) continue;
            runs.Add(new ExperimentRun(note.Example!.Value, root, trace.Spans, [.. feedback[note.Id].Select(Score)]));
        }
        var dataset = Datasets.Find(new DatasetQuery([experiment.Dataset], null, null, 0, 1)) is [var found] ? Document.Text(found, "name")! : experiment.Dataset.ToString();
        var metadata = Sessions.Read(experiment.Id)["extra"] is JsonObject extra && extra["metadata"]?.DeepClone() is JsonObject said ? said : [];
        return new Experiment(experiment.Id, experiment.Name, dataset, metadata, [.. runs.OrderBy(r => r.Root.StartNs)]) { Samples = samples };
    }

    private static ExperimentScore Score(JsonObject feedback) => new(
        Document.Text(feedback, "key")!,
        feedback["score"] is JsonValue value ? value.TryGetValue<double>(out var number) ? number : value.TryGetValue<bool>(out var flag) ? flag ? 1 : 0 : null : null,
        feedback["comment"] is JsonValue comment && comment.TryGetValue<string>(out var text) ? text : "")
    {
        IsEvaluators = (feedback["feedback_source"] as JsonObject)?["type"] is JsonValue type && type.TryGetValue<string>(out var source) && source == "model",
    };
}

using System.Text.Json.Nodes;
using Kintsugi.Tracing.Spans;
using Kintsugi.Tracing.Wire;
using Microsoft.AspNetCore.Http;

namespace Kintsugi.Tracing.LangSmith;

/// <summary>What one run of a body is, beside its span.</summary>
/// <param name="Session">The project; null when this part of the run does not name it.</param>
/// <param name="Example">The sample of a dataset that it answers.</param>
internal sealed record RunNote(Guid Id, TraceId Trace, string? Session, Guid? Example, long StartNs);

/// <summary>The runs and the feedback of one request. Halves of one run become one.</summary>
internal sealed class RunBatch
{
    /// <summary>As they are made into rows for one commit.</summary>
    private const long MostBytesOfAPart = 1 << 20;

    private static readonly string[] Fields = ["inputs", "outputs", "extra", "error", "events", "serialized"];

    private readonly Dictionary<Guid, Draft> _runs = [];
    private readonly List<(Guid Id, ReadOnlyMemory<byte> Json)> _feedback = [];

    /// <summary>Parts `post.ID`, `patch.ID`, `post.ID.FIELD`, `patch.ID.FIELD` and `feedback.ID`. Attachments are not kept.</summary>
    /// <exception cref="RefusedException">400, 413 or 415: not such a form.</exception>
    public static RunBatch OfForm(string? contentType, ReadOnlyMemory<byte> body)
    {
        var batch = new RunBatch();
        foreach (var part in MultipartBody.Split(contentType, body)) batch.Add(part);
        return batch;
    }

    /// <summary>`{"post":[run, …],"patch":[run, …]}`.</summary>
    /// <exception cref="RefusedException">400: no such JSON.</exception>
    public static RunBatch OfJson(ReadOnlyMemory<byte> body)
    {
        var batch = new RunBatch();
        foreach (var list in JsonBytes.Fields(body, "The body", RunFields.Most))
        {
            var isPost = list.Name.Span.SequenceEqual("post"u8);
            if ((!isPost && !list.Name.Span.SequenceEqual("patch"u8)) || JsonBytes.IsNull(list.Value.Span)) continue;
            foreach (var run in JsonBytes.Elements(list.Value, isPost ? "`post`" : "`patch`", MultipartBody.MostParts)) batch.Add(run, id: null, isPost);
        }
        return batch;
    }

    /// <summary>One run, as `POST /runs` and `PATCH /runs/ID` have it.</summary>
    /// <param name="id">Null when the run says it itself.</param>
    /// <exception cref="RefusedException">400: no such JSON.</exception>
    public static RunBatch OfRun(ReadOnlyMemory<byte> body, Guid? id, bool isPost)
    {
        var batch = new RunBatch();
        batch.Add(body, id, isPost);
        return batch;
    }

    /// <exception cref="RefusedException">400: no such JSON; 413: too much of it.</exception>
    public IEnumerable<(Guid Id, JsonObject Feedback)> ReadFeedback()
    {
        var left = Document.MostValues;
        foreach (var (id, json) in _feedback) yield return (id, Document.Object(json.ToArray(), $"The feedback {id}", ref left));
    }

    /// <summary>The runs in parts, so that rows take little beside the request's own bytes.</summary>
    /// <param name="traceOf">The trace of a run that came earlier; null for one that is not known.</param>
    /// <param name="projectOf">The name of a project by its id; null for one that is not known.</param>
    /// <param name="room">Rows of a part lie in it, and are gone with the next part.</param>
    /// <exception cref="RefusedException">422: a run tells no trace, and none is known of it. Told before the first part.</exception>
    public IEnumerable<(IReadOnlyList<SpanRow> Rows, IReadOnlyList<RunNote> Notes)> ToParts(Func<Guid, TraceId?> traceOf, Func<Guid, string?> projectOf, SpanRedaction redaction, long receivedNs, RunRoom room)
    {
        var traces = _runs.Select(run => TraceOf(run.Key, run.Value, traceOf)).ToList();
        return Parts();

        IEnumerable<(IReadOnlyList<SpanRow>, IReadOnlyList<RunNote>)> Parts()
        {
            var (rows, notes, sources, bytes) = (new List<SpanRow>(), new List<RunNote>(), new RunSources(), 0L);
            foreach (var ((id, draft), trace) in _runs.Zip(traces))
            {
                var (row, note) = Row(id, trace, draft.Together(), projectOf, redaction, receivedNs, sources, room);
                rows.Add(row);
                notes.Add(note);
                bytes += row.SizeBytes;
                if (bytes < MostBytesOfAPart) continue;
                yield return (rows, notes);
                room.Clear();
                (rows, notes, bytes) = ([], [], 0);
            }
            if (rows.Count > 0) yield return (rows, notes);
        }
    }

    private static (SpanRow, RunNote) Row(Guid id, TraceId trace, RunFields fields, Func<Guid, string?> projectOf, SpanRedaction redaction, long receivedNs, RunSources sources, RunRoom room)
    {
        if (fields["session_name"u8].Length == 0 && JsonBytes.Id(fields["session_id"u8]) is { } session && projectOf(session) is { } project)
            fields.Set(new JsonField("session_name"u8.ToArray(), System.Text.Json.JsonSerializer.SerializeToUtf8Bytes(project)), RunHalf.Post);
        var body = RunBody.Write(new SpanId(Uuid.ToValue(id)), trace, fields, room.Take);
        body.Redact(redaction);
        var row = LangSmithRun.Row(new SpanId(Uuid.ToValue(id)), trace, body, receivedNs, sources);
        return (row, new RunNote(id, trace, body.Session.Length > 0 ? row.Source.Service : null, JsonBytes.Id(body.Example), row.StartNs));
    }

    private TraceId TraceOf(Guid id, Draft draft, Func<Guid, TraceId?> traceOf)
    {
        var fields = draft.Together();
        return TraceOf(id, draft, fields) ?? traceOf(id) ?? (JsonBytes.Id(fields["parent_run_id"u8]) is { } parent ? traceOf(parent) : draft.IsPosted ? Trace(id) : null)
            ?? throw new RefusedException(StatusCodes.Status422UnprocessableEntity, $"The run {id} names no `trace_id` and no `dotted_order`, and nothing is known of it yet. Send one of them along.");
    }

    private TraceId? TraceOf(Guid id, Draft draft, RunFields fields)
    {
        if (draft.Trace is { } named && Trace(named) is { } trace) return trace;
        if (LangSmithRun.TraceIn(LangSmithRun.OrderOf(fields["dotted_order"u8])) is { } first) return first;
        return JsonBytes.Id(fields["parent_run_id"u8]) is { } parent && parent != id && _runs.TryGetValue(parent, out var above) && above.Trace is { } theirs ? Trace(theirs) : null;
    }

    private static TraceId? Trace(Guid id) => Uuid.ToValue(id) is var value && value != UInt128.Zero ? new TraceId(value) : null;

    private void Add(FormPart part)
    {
        var name = part.Name.AsSpan();
        var dot = name.IndexOf('.');
        var kind = dot < 0 ? name : name[..dot];
        if (kind is "attachment") return;
        if (kind is not ("post" or "patch" or "feedback") || !Guid.TryParse(name.Slice(dot + 1, Math.Min(36, name.Length - dot - 1)), out var id) || id == Guid.Empty)
            throw Refused($"The form has a part '{Storage.Shown.Word(part.Name)}', which is none of post.ID, patch.ID, post.ID.FIELD, patch.ID.FIELD, feedback.ID and attachment.ID.NAME.");
        var field = name[(dot + 1 + 36)..].TrimStart('.');
        if (kind is "feedback") _feedback.Add((id, part.Content));
        else if (field.Length == 0) Add(part.Content, id, isPost: kind is "post");
        else if (Field(field) is { } known) Of(id).Add(kind is "post", new JsonField(known, JsonBytes.Value(part.Content, $"The part {part.Name}")));
        else throw Refused($"The form has a part '{Storage.Shown.Word(part.Name)}'. Of a run these fields come apart: {string.Join(", ", Fields)}.");
    }

    private static byte[]? Field(ReadOnlySpan<char> name)
    {
        foreach (var field in Fields)
            if (name.SequenceEqual(field)) return System.Text.Encoding.UTF8.GetBytes(field);
        return null;
    }

    private void Add(ReadOnlyMemory<byte> run, Guid? id, bool isPost)
    {
        var fields = JsonBytes.Fields(run, "A run", RunFields.Most);
        Guid? trace = null;
        foreach (var field in fields)
        {
            if (field.Name.Span.SequenceEqual("id"u8)) id ??= JsonBytes.Id(field.Value.Span);
            else if (field.Name.Span.SequenceEqual("trace_id"u8)) trace = JsonBytes.Id(field.Value.Span);
        }
        var draft = Of(id is { } known && known != Guid.Empty ? known : throw Refused("A run has no `id` that is a UUID."));
        draft.Trace = trace ?? draft.Trace;
        foreach (var field in fields)
            if (!field.Name.Span.SequenceEqual("attachments"u8)) draft.Add(isPost, field); // as their parts; the SDK of Python stumbles over them in an answer
    }

    private Draft Of(Guid id)
    {
        if (_runs.TryGetValue(id, out var draft)) return draft;
        return _runs[id] = new Draft();
    }

    private static RefusedException Refused(string message) => new(StatusCodes.Status400BadRequest, message);

    private sealed class Draft
    {
        /// <summary>Some repeat themselves.</summary>
        private const int MostOfAHalf = 10 * RunFields.Most;

        private List<JsonField>? _post;
        private List<JsonField>? _patch;

        public Guid? Trace { get; set; }

        public bool IsPosted => _post is not null;

        public void Add(bool isPost, JsonField field)
        {
            var half = isPost ? _post ??= [] : _patch ??= [];
            if (half.Count == MostOfAHalf) throw Refused($"A run's fields come more than {MostOfAHalf} times in one request.");
            half.Add(field);
        }

        public RunFields Together()
        {
            var fields = new RunFields();
            if (_post is not null) fields.Add(_post, Ends(_post) ? RunHalf.End : RunHalf.Post);
            if (_patch is not null) fields.Add(_patch, Ends(_patch) ? RunHalf.End : RunHalf.Patch);
            return fields;
        }

        private static bool Ends(List<JsonField> half)
        {
            foreach (var field in half)
                if (field.Name.Span.SequenceEqual("end_time"u8) && !JsonBytes.IsNull(field.Value.Span)) return true;
            return false;
        }
    }
}

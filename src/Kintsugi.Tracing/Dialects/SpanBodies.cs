using System.Text.Json.Nodes;
using Kintsugi.Tracing.Otlp;
using Kintsugi.Tracing.Spans;
using static Kintsugi.Tracing.Dialects.ForeignJson;

namespace Kintsugi.Tracing.Dialects;

/// <summary>Reads spans out of the bytes they are stored in.</summary>
public static class SpanBodies
{
    /// <summary>Reads a whole stored trace; service and version are those of the span that began first and says them.</summary>
    /// <exception cref="InvalidDataException">What is stored is no span: the database was written by another.</exception>
    public static Trace Read(StoredTrace trace)
    {
        ArgumentNullException.ThrowIfNull(trace);
        var notes = trace.Notes.ToLookup(n => n.Span);
        var sources = trace.Spans.OrderBy(s => s.StartNs).ThenBy(s => s.Parent is null ? 0 : 1).Select(s => s.Source).ToList();
        return Traces.Of(
            trace.Id, sources.FirstOrDefault(s => s.Service.Length > 0)?.Service ?? "", sources.Find(s => s.Version is not null)?.Version,
            [.. trace.Spans.Select(s => Read(s, [.. notes[s.Id]]))]);
    }

    /// <param name="notes">Log records of this span.</param>
    /// <exception cref="InvalidDataException">What is stored is no span: the database was written by another.</exception>
    public static SpanData Read(SpanRow row, IReadOnlyList<SpanNote> notes)
    {
        ArgumentNullException.ThrowIfNull(row);
        ArgumentNullException.ThrowIfNull(notes);
        var span = row.Format switch
        {
            SpanFormat.OtlpProtobuf => OtlpProtobuf.Read(row.Body.Span, row.Source.Scope),
            SpanFormat.OtlpJson => OtlpJson.Read(row.Body.Span, row.Source.Scope),
            SpanFormat.LangSmith => Run(row),
            _ => throw new ArgumentOutOfRangeException(nameof(row), row.Format, "No body is written so."),
        };
        return notes.Count == 0 ? span : span with { Events = [.. span.Events.Concat(notes.Select(Event)).OrderBy(e => e.Time)] };
    }

    private static SpanData Run(SpanRow row)
    {
        // What is no JSON object was never accepted: should it stand there all the same, the span is told without it.
        var run = TryParse(row.Body, out var node) && node is JsonObject fields ? fields : [];
        var error = At(run, "error") is { } said ? AsText(said) ?? said.ToJsonString() : "";
        var events = At(run, "events") is JsonArray list ? list.OfType<JsonObject>().Select(e => RunEvent(e, Time(row.StartNs))).ToList() : [];
        return new SpanData(
            row.Id, row.Parent, row.Name, 1, LangSmithRuns.Scope, Time(row.StartNs), row.DurationNs is { } took ? TimeSpan.FromTicks(Math.Max(0, took) / 100) : null,
            error.Length > 0, error.Length > 0 ? error : null, run, events);
    }

    private static SpanEvent RunEvent(JsonObject told, DateTimeOffset start)
    {
        var time = At(told, "time");
        var when = AsNumber(time) is { } milliseconds and > 0 and < 9e12 ? DateTimeOffset.UnixEpoch.AddMilliseconds(milliseconds)
            : DateTimeOffset.TryParse(AsText(time), System.Globalization.CultureInfo.InvariantCulture, System.Globalization.DateTimeStyles.AssumeUniversal, out var parsed) ? parsed
            : start;
        return new SpanEvent(AsText(At(told, "name")) ?? "", when, At(told, "kwargs") as JsonObject is { } arguments ? (JsonObject)Copy(arguments)! : []);
    }

    private static SpanEvent Event(SpanNote note)
    {
        var attributes = new JsonObject();
        if (TryParse(System.Text.Encoding.UTF8.GetBytes(note.Body), out var body))
        {
            if (At(body, "attributes") is JsonObject named)
                foreach (var (name, value) in named) attributes[name] = Copy(value);
            attributes["body"] = Copy(At(body, "body"));
        }
        return new SpanEvent(note.Name, Time(note.TimeNs), attributes);
    }

    private static DateTimeOffset Time(long nanoseconds) => DateTimeOffset.UnixEpoch.AddTicks(Math.Max(0, nanoseconds) / 100);
}

using System.Buffers.Binary;
using System.Text;
using Kintsugi.Tracing.Spans;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Kintsugi.Tracing.Store;

/// <summary>Writes batches of spans by one connection and statements that stay prepared.</summary>
/// <remarks>Values are bound to SQLite itself: the driver's parameters cost as much again as the row (bench/results/ingest.md).</remarks>
internal sealed class SqliteSpanWriter : IDisposable
{
    private readonly SqliteConnection _connection;
    private readonly Func<SpanRow, SpanRow, SpanRow> _merge;
    private readonly SourceNumbers _sources;
    private readonly sqlite3_stmt _span;
    private readonly sqlite3_stmt _note;
    private readonly sqlite3_stmt _stored;
    private readonly byte[] _text = new byte[1024];

    public SqliteSpanWriter(SqliteConnection connection, SourceNumbers sources, Func<SpanRow, SpanRow, SpanRow> merge)
    {
        (_connection, _sources, _merge) = (connection, sources, merge);
        using (var cache = connection.CreateCommand())
        {
            cache.CommandText = "pragma cache_size = -16000"; // every span touches pages all over its indexes
            cache.ExecuteNonQuery();
        }
        _span = Prepare(
            """
            insert into span (trace, id, parent, service, source, name, role, start, duration, signature, model, format, body) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            on conflict (trace, id) do update set parent = excluded.parent, service = excluded.service, source = excluded.source, name = excluded.name, role = excluded.role,
                start = excluded.start, duration = excluded.duration, signature = excluded.signature, model = excluded.model, format = excluded.format, body = excluded.body
            """);
        _note = Prepare("insert into note (trace, span, source, name, time, digest, body) values (?, ?, ?, ?, ?, ?, ?) on conflict do nothing");
        _stored = Prepare("select parent, name, role, start, duration, signature, model, format, body from span where trace = ? and id = ?");
    }

    /// <exception cref="SqliteException">Nothing was written.</exception>
    public void Write(IReadOnlyList<SpanRow> spans, IReadOnlyList<SpanNote> notes)
    {
        using var transaction = _connection.BeginTransaction(deferred: false);
        try
        {
            foreach (var span in spans)
            {
                if (span.Format != SpanFormat.LangSmith) Write(span);
                else if (!IsStored(span, out var older)) Write(older is null ? span : _merge(older, span));
            }
            foreach (var note in notes) Write(note);
            transaction.Commit();
        }
        catch
        {
            _sources.Forget(); // what was numbered in this transaction is gone with it
            throw;
        }
    }

    public void Dispose()
    {
        _span.Dispose();
        _note.Dispose();
        _stored.Dispose();
        _connection.Dispose();
    }

    private void Write(SpanRow row)
    {
        var source = _sources.Of(row.Source, _connection);
        Bind(_span, 1, row.Trace);
        Bind(_span, 2, row.Id);
        if (row.Parent is { } parent) Bind(_span, 3, parent);
        else raw.sqlite3_bind_null(_span, 3);
        raw.sqlite3_bind_int64(_span, 4, source.Service);
        raw.sqlite3_bind_int64(_span, 5, source.Id);
        Bind(_span, 6, row.Name);
        raw.sqlite3_bind_int(_span, 7, (int)row.Role);
        raw.sqlite3_bind_int64(_span, 8, row.StartNs);
        if (row.DurationNs is { } duration) raw.sqlite3_bind_int64(_span, 9, duration);
        else raw.sqlite3_bind_null(_span, 9);
        Bind(_span, 10, row.Signature);
        Bind(_span, 11, row.Model);
        raw.sqlite3_bind_int(_span, 12, (int)row.Format);
        raw.sqlite3_bind_blob(_span, 13, row.Body.Span);
        Step(_span);
    }

    private void Write(SpanNote note)
    {
        Bind(_note, 1, note.Trace);
        Bind(_note, 2, note.Span);
        raw.sqlite3_bind_int64(_note, 3, _sources.Of(note.Source, _connection).Id);
        Bind(_note, 4, note.Name);
        raw.sqlite3_bind_int64(_note, 5, note.TimeNs);
        raw.sqlite3_bind_int64(_note, 6, SourceDigest.Of(note));
        Bind(_note, 7, note.Body);
        Step(_note);
    }

    /// <param name="older">What is stored under its id; null when nothing is, or the same.</param>
    private bool IsStored(SpanRow row, out SpanRow? older)
    {
        Bind(_stored, 1, row.Trace);
        Bind(_stored, 2, row.Id);
        older = null;
        try
        {
            if (raw.sqlite3_step(_stored) != raw.SQLITE_ROW) return false;
            if (raw.sqlite3_column_blob(_stored, 8).SequenceEqual(row.Body.Span)) return true; // it was sent again: large ones are not copied to find that out
            older = row with
            {
                Parent = IsNull(0) ? null : SpanId.Of(raw.sqlite3_column_blob(_stored, 0)),
                Name = raw.sqlite3_column_text(_stored, 1).utf8_to_string(),
                Role = (SpanRole)raw.sqlite3_column_int(_stored, 2),
                StartNs = raw.sqlite3_column_int64(_stored, 3),
                DurationNs = IsNull(4) ? null : raw.sqlite3_column_int64(_stored, 4),
                Signature = IsNull(5) ? null : raw.sqlite3_column_text(_stored, 5).utf8_to_string(),
                Model = IsNull(6) ? null : raw.sqlite3_column_text(_stored, 6).utf8_to_string(),
                Format = (SpanFormat)raw.sqlite3_column_int(_stored, 7),
                Body = raw.sqlite3_column_blob(_stored, 8).ToArray(),
            };
            return false;
        }
        finally
        {
            raw.sqlite3_reset(_stored);
        }

        bool IsNull(int column) => raw.sqlite3_column_type(_stored, column) == raw.SQLITE_NULL;
    }

    private sqlite3_stmt Prepare(string sql)
    {
        SqliteException.ThrowExceptionForRC(raw.sqlite3_prepare_v2(_connection.Handle, sql, out var statement), _connection.Handle);
        return statement;
    }

    private void Step(sqlite3_stmt statement)
    {
        var result = raw.sqlite3_step(statement);
        raw.sqlite3_reset(statement);
        if (result != raw.SQLITE_DONE) SqliteException.ThrowExceptionForRC(result, _connection.Handle);
    }

    private static void Bind(sqlite3_stmt statement, int at, TraceId id)
    {
        Span<byte> bytes = stackalloc byte[TraceId.Bytes];
        BinaryPrimitives.WriteUInt128BigEndian(bytes, id.Value);
        raw.sqlite3_bind_blob(statement, at, bytes);
    }

    private static void Bind(sqlite3_stmt statement, int at, SpanId id)
    {
        Span<byte> bytes = stackalloc byte[TraceId.Bytes];
        BinaryPrimitives.WriteUInt128BigEndian(bytes, id.Value);
        raw.sqlite3_bind_blob(statement, at, id.IsShort ? bytes[8..] : bytes);
    }

    private void Bind(sqlite3_stmt statement, int at, string? text)
    {
        if (text is null) raw.sqlite3_bind_null(statement, at);
        else if (text.Length <= _text.Length / 3) raw.sqlite3_bind_text(statement, at, _text.AsSpan(0, Encoding.UTF8.GetBytes(text, _text)));
        else raw.sqlite3_bind_text(statement, at, text);
    }
}

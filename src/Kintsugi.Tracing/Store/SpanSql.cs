using Kintsugi.Tracing.Spans;

namespace Kintsugi.Tracing.Store;

/// <summary>What both databases are asked in the same words.</summary>
internal static class SpanSql
{
    /// <summary>Rows of <see cref="StoredSpan"/>.</summary>
    public const string Spans = $"select {Columns} from span {WithSource}";

    /// <summary>Rows of <see cref="StoredNote"/>.</summary>
    public const string Notes = "select note.span, note.name as note, note.time, note.body, source.name as service, source.version, source.scope, source.resource from note join source on source.id = note.source";

    /// <summary>Rows of <see cref="Traffic"/> of one service, with values `@service`, `@from`, `@to` and `@limit`.</summary>
    public const string Count =
        """
        select source.name as service, source.version, cast(null as text) as signature, count(distinct span.trace) as requests, sum(case when span.role = 1 then 1 else 0 end) as modelcalls
        from span join source on source.id = span.source
        where span.service = @service and span.start >= @from and span.start < @to
        group by source.name, source.version
        union all
        select * from (
            select source.name, source.version, span.signature, count(distinct span.trace) as requests, 0
            from span join source on source.id = span.source
            where span.service = @service and span.start >= @from and span.start < @to and span.signature is not null
            group by source.name, source.version, span.signature
            order by requests desc, span.signature limit @limit
        ) errors
        """;

    private const string WithSource = "join source on source.id = span.source";

    private const string Columns =
        "span.trace, span.id, span.parent, span.name, span.role, span.start, span.duration, span.signature, span.model, span.format, span.body, source.name as service, source.version, source.scope, source.resource";

    /// <summary>The newest spans of one service that a query wants, with values under its own names, `@service`, `@from`, `@to`, `@scanned` and `@limit`.</summary>
    /// <param name="holdsText">The condition that a body holds the text, in the database's own words.</param>
    public static string Find(SpanQuery query, string holdsText) =>
        $"""
        select {Columns} from (
            select * from span
            where service = @service and start >= @from and start < @to
            {(query.FailedOnly || query.Signature is not null ? "and signature is not null" : "")}
            {(query.Signature is not null ? "and signature = @Signature" : "")}
            {(query.Model is not null ? "and model = @Model" : "")}
            {(query.RootsOnly ? "and parent is null" : "")}
            {(query.Version is not null ? "and source in (select id from source where version = @Version)" : "")}
            order by start desc limit @scanned
        ) span {WithSource}
        {(query.Text is not null ? $"where {holdsText}" : "")}
        order by span.start desc limit @limit
        """;
}

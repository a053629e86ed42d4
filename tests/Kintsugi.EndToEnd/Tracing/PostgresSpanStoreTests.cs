using Kintsugi.Storage;
using Kintsugi.Tracing.Spans;
using Kintsugi.Tracing.Store;
using Npgsql;

namespace Kintsugi.EndToEnd.Tracing;

/// <summary>The same as in SQLite, in PostgreSQL.</summary>
public sealed class PostgresSpanStoreTests(PostgresServer server) : IClassFixture<PostgresServer>, IAsyncLifetime
{
    private const long Day = 86_400_000_000_000;

    private static readonly SpanSource Desk = new("desk", "1.0", "gen_ai", "{}");
    private static readonly long Today = (TimeProvider.System.GetUtcNow() - DateTimeOffset.UnixEpoch).Days * Day;

    private PostgresSpanStore _store = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        var name = $"t{Guid.NewGuid():N}";
        await using (var admin = NpgsqlDataSource.Create(server.ConnectionString))
        await using (var create = admin.CreateCommand($"create database {name}")) await create.ExecuteNonQueryAsync(Token);
        _store = new PostgresSpanStore(
            PostgresDatabase.OpenSpans(server.ConnectionString.Replace("Database=postgres", $"Database={name}", StringComparison.Ordinal)), (older, later) => later with { Name = $"{older.Name}+{later.Name}" }, TimeProvider.System);
    }

    public ValueTask DisposeAsync() => _store.DisposeAsync();

    [Fact]
    public async Task A_span_that_arrives_twice_is_one_and_everything_of_it_comes_back()
    {
        var span = new SpanRow(
            new TraceId(UInt128.MaxValue), new SpanId(UInt128.MaxValue - 1), new SpanId(7), new SpanSource("ж desk", null, "", """{"a":1}"""), "näme", SpanRole.Tool,
            Today, null, "0123456789abcdef", new string('m', 2_000), SpanFormat.OtlpJson, new byte[] { 0, 1, 255 });

        await WriteAsync(span with { Name = "first" }, span);
        await WriteAsync(span);

        var read = Assert.Single((await _store.ReadAsync(span.Trace, Token))!.Spans);
        Assert.Equal(span.Body.ToArray(), read.Body.ToArray());
        Assert.Equal(span with { Body = default }, read with { Body = default });
    }

    [Fact]
    public async Task Requests_are_counted_by_version_and_error_each_trace_once()
    {
        await WriteAsync(
            Span(1, 1) with { StartNs = Today + 10 }, Span(1, 2) with { StartNs = Today + 20, Signature = "aa" }, Span(1, 3) with { StartNs = Today + 30, Signature = "aa" },
            Span(2, 4) with { StartNs = Today + 40, Signature = "aa" }, Span(3, 5) with { StartNs = Today + 50, Source = Desk with { Version = null } },
            Span(4, 6) with { StartNs = Today + 60, Source = Desk with { Service = "else" }, Signature = "bb" }, Span(5, 7) with { StartNs = Today + 100 }, Span(6, 8) with { StartNs = Today + 9 });

        var counted = await _store.CountAsync(Today + 10, Today + 100, Token);

        Assert.Equal(
            [
                new Traffic("desk", null, null, 1, 1), new Traffic("desk", "1.0", null, 2, 4), new Traffic("desk", "1.0", "aa", 2, 0),
                new Traffic("else", "1.0", null, 1, 1), new Traffic("else", "1.0", "bb", 1, 0),
            ],
            counted.OrderBy(t => t.Service, StringComparer.Ordinal).ThenBy(t => t.Version, StringComparer.Ordinal).ThenBy(t => t.Signature, StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_run_in_pieces_is_put_together_within_a_batch_and_with_what_is_there()
    {
        await WriteAsync(Span(1, 1) with { Format = SpanFormat.LangSmith, Name = "a" });
        await WriteAsync(Span(1, 1) with { Format = SpanFormat.LangSmith, Name = "b" }, Span(1, 1) with { Format = SpanFormat.LangSmith, Name = "c" });

        Assert.Equal("a+b+c", Assert.Single((await _store.ReadAsync(new TraceId(1), Token))!.Spans).Name);
    }

    [Fact]
    public async Task Spans_are_found_by_each_of_their_marks_newest_first()
    {
        await WriteAsync(
            Span(1, 1) with { StartNs = Today + 10 },
            Span(2, 2) with { StartNs = Today + 20, Signature = "aa", Model = "sim" },
            Span(3, 3) with { StartNs = Today + 30, Signature = "bb", Source = Desk with { Version = "2.0" } },
            Span(4, 4) with { StartNs = Today + 40, Parent = new SpanId(1), Source = Desk with { Service = "else" }, Body = "find me"u8.ToArray() });

        await FindsAsync([4, 3, 2, 1], new SpanQuery());
        await FindsAsync([3, 2, 1], new SpanQuery(Service: "desk"));
        await FindsAsync([3, 2], new SpanQuery(FailedOnly: true));
        await FindsAsync([3], new SpanQuery(Signature: "bb"));
        await FindsAsync([3], new SpanQuery(Version: "2.0"));
        await FindsAsync([2], new SpanQuery(Model: "sim"));
        await FindsAsync([3, 2, 1], new SpanQuery(RootsOnly: true));
        await FindsAsync([4], new SpanQuery(Text: "find"));
        await FindsAsync([3, 2], new SpanQuery(FromNs: Today + 20, ToNs: Today + 40));
    }

    [Fact]
    public async Task Old_days_are_dropped_and_a_clock_that_is_wrong_makes_no_partitions()
    {
        await WriteAsync(Span(1, 1) with { StartNs = Today - (3 * Day) }, Span(2, 2) with { StartNs = Today }, Span(3, 3) with { StartNs = 5 }, Span(4, 4) with { StartNs = long.MaxValue - 5 });

        Assert.Equal(2, await _store.TrimAsync(Today - Day, null, Token));

        await FindsAsync([4, 2], new SpanQuery());
    }

    [Fact]
    public async Task Sampling_keeps_whole_traces_and_all_that_failed_were_slow_or_never_ended()
    {
        await WriteAsync([.. Enumerable.Range(1, 60).SelectMany(trace => (SpanRow[])
        [
            Span(trace, 1) with { StartNs = Today - (2 * Day), Signature = trace % 3 == 0 ? "ff" : null },
            Span(trace, 2) with { StartNs = Today - (2 * Day) + 1, DurationNs = trace % 6 == 1 ? 20_000_000_000 : trace % 6 == 4 ? null : 5 },
        ])]);

        Assert.Equal(40, await _store.ThinAsync(new Sampling(0, TimeSpan.FromSeconds(10)), Today, Token));
        Assert.Equal(0, await _store.ThinAsync(new Sampling(0, TimeSpan.Zero), Today, Token));
        Assert.Equal(80, (await _store.FindAsync(new SpanQuery(Limit: 1000), Token)).Count);
    }

    [Fact]
    public async Task Notes_are_kept_once()
    {
        var note = new SpanNote(new TraceId(1), new SpanId(1), Desk, "gen_ai.user.message", 5, """{"body":"hello"}""");
        await _store.WriteAsync([Span(1, 1)], [note, note, note with { TimeNs = 6 }], Token);

        Assert.Equal([note, note with { TimeNs = 6 }], (await _store.ReadAsync(new TraceId(1), Token))!.Notes);
    }

    private static SpanRow Span(int trace, int id) => new(new TraceId((UInt128)trace), new SpanId((UInt128)id), null, Desk, "chat", SpanRole.Model, Today, 5, null, null, SpanFormat.OtlpProtobuf, new byte[] { 1 });

    private Task WriteAsync(params IReadOnlyList<SpanRow> spans) => _store.WriteAsync(spans, [], Token);

    private async Task FindsAsync(int[] traces, SpanQuery query) => Assert.Equal(traces, (await _store.FindAsync(query, Token)).Select(s => (int)s.Trace.Value));
}

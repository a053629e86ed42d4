using CsCheck;
using Dapper;
using Kintsugi.Storage;
using Kintsugi.Tracing.Spans;
using Kintsugi.Tracing.Store;

namespace Kintsugi.Tests.Tracing;

public sealed class SpanStoreTests : IAsyncDisposable
{
    private static readonly SpanSource Desk = new("desk", "1.0", "gen_ai", "{}");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private readonly string _directory = Directory.CreateTempSubdirectory("kintsugi-spans-").FullName;
    private readonly Database _database;
    private readonly SqliteSpanStore _store;

    public SpanStoreTests()
    {
        _database = Database.OpenSpans(Path.Combine(_directory, "traces.db"));
        _store = new SqliteSpanStore(_database, (older, later) => later with { Name = $"{older.Name}+{later.Name}" });
    }

    public async ValueTask DisposeAsync()
    {
        await _store.DisposeAsync();
        Directory.Delete(_directory, true);
    }

    [Fact]
    public async Task A_span_that_arrives_twice_is_one()
    {
        await WriteAsync(Span(1, 1));
        await WriteAsync(Span(1, 1) with { Name = "again" }, Span(1, 1) with { Name = "and again" });

        Assert.Equal("and again", Assert.Single((await ReadAsync(1))!.Spans).Name);
    }

    [Fact]
    public async Task Spans_of_a_trace_come_in_the_order_of_their_start_whatever_order_they_arrived_in()
    {
        await WriteAsync(Span(1, 2) with { StartNs = 20, Parent = new SpanId(1) });
        await WriteAsync(Span(1, 1) with { StartNs = 10 }, Span(2, 9));

        Assert.Equal([1u, 2u], (await ReadAsync(1))!.Spans.Select(s => (uint)s.Id.Value));
    }

    [Fact]
    public async Task Requests_are_counted_by_version_and_error_each_trace_once()
    {
        await WriteAsync(
            Span(1, 1) with { StartNs = 10 }, Span(1, 2) with { StartNs = 20, Signature = "aa" }, Span(1, 3) with { StartNs = 30, Signature = "aa" },
            Span(2, 4) with { StartNs = 40, Signature = "aa" }, Span(3, 5) with { StartNs = 50, Source = Desk with { Version = null } },
            Span(4, 6) with { StartNs = 60, Source = Desk with { Service = "else" }, Signature = "bb" }, Span(5, 7) with { StartNs = 100 }, Span(6, 8) with { StartNs = 9 });

        var counted = await _store.CountAsync(10, 100, Token);

        Assert.Equal(
            [
                new Traffic("desk", null, null, 1, 1), new Traffic("desk", "1.0", null, 2, 4), new Traffic("desk", "1.0", "aa", 2, 0),
                new Traffic("else", "1.0", null, 1, 1), new Traffic("else", "1.0", "bb", 1, 0),
            ],
            counted.OrderBy(t => t.Service, StringComparer.Ordinal).ThenBy(t => t.Version, StringComparer.Ordinal).ThenBy(t => t.Signature, StringComparer.Ordinal));
    }

    [Fact]
    public async Task Everything_of_a_span_comes_back()
    {
        var span = new SpanRow(
            new TraceId(UInt128.MaxValue), new SpanId(UInt128.MaxValue - 1), new SpanId(7), new SpanSource("ж \0 desk", null, "", """{"a":1}"""), "näme", SpanRole.Tool,
            long.MaxValue, null, "0123456789abcdef", new string('m', 2_000), SpanFormat.OtlpJson, new byte[] { 0, 1, 255 });

        await WriteAsync(span);

        var read = Assert.Single((await _store.ReadAsync(span.Trace, Token))!.Spans);
        Assert.Equal(span.Body.ToArray(), read.Body.ToArray());
        Assert.Equal(span with { Body = default }, read with { Body = default });
    }

    [Fact]
    public async Task A_run_in_pieces_is_put_together_with_what_is_there()
    {
        SpanRow Piece(string name) => Span(1, 1) with { Format = SpanFormat.LangSmith, Name = name, Body = System.Text.Encoding.UTF8.GetBytes(name) };
        await WriteAsync(Piece("a"));
        await WriteAsync(Piece("b"), Piece("c"));
        await WriteAsync(Piece("c")); // it is sent again

        Assert.Equal("a+b+c", Assert.Single((await ReadAsync(1))!.Spans).Name);
    }

    [Fact]
    public async Task A_note_that_arrives_twice_is_one()
    {
        var note = new SpanNote(new TraceId(1), new SpanId(1), Desk, "gen_ai.user.message", 5, """{"body":"hello"}""");
        await _store.WriteAsync([Span(1, 1)], [note, note, note with { Body = """{"body":"world"}""" }], Token);

        Assert.Equal([note, note with { Body = """{"body":"world"}""" }], (await ReadAsync(1))!.Notes);
    }

    [Fact]
    public async Task Spans_are_found_by_each_of_their_marks_newest_first()
    {
        await WriteAsync(
            Span(1, 1) with { StartNs = 10 },
            Span(2, 2) with { StartNs = 20, Signature = "aa", Model = "sim" },
            Span(3, 3) with { StartNs = 30, Signature = "bb", Source = Desk with { Version = "2.0" } },
            Span(4, 4) with { StartNs = 40, Parent = new SpanId(1), Source = Desk with { Service = "else" }, Body = "find me"u8.ToArray() });

        await FindsAsync([4, 3, 2, 1], new SpanQuery());
        await FindsAsync([3, 2, 1], new SpanQuery(Service: "desk"));
        await FindsAsync([3, 2], new SpanQuery(FailedOnly: true));
        await FindsAsync([3], new SpanQuery(Signature: "bb"));
        await FindsAsync([3], new SpanQuery(Version: "2.0"));
        await FindsAsync([2], new SpanQuery(Model: "sim"));
        await FindsAsync([3, 2, 1], new SpanQuery(RootsOnly: true));
        await FindsAsync([4], new SpanQuery(Text: "find"));
        await FindsAsync([3, 2], new SpanQuery(FromNs: 20, ToNs: 40));
        await FindsAsync([4], new SpanQuery(Limit: 1));
        await FindsAsync([], new SpanQuery(Service: "'; drop table span; --"));
    }

    [Fact]
    public async Task What_is_too_old_is_deleted_and_what_is_not_stays()
    {
        await _store.WriteAsync([Span(1, 1) with { StartNs = 10 }, Span(2, 2) with { StartNs = 20, Source = Desk with { Service = "else" } }, Span(3, 3) with { StartNs = 30 }], [], Token);

        Assert.Equal(2, await _store.TrimAsync(30, null, Token));

        await FindsAsync([3], new SpanQuery());
    }

    [Fact]
    public async Task The_oldest_by_arrival_are_deleted_until_the_rest_fits()
    {
        for (var i = 1; i <= 40; i++) await WriteAsync([.. Enumerable.Range(1, 500).Select(n => Span((i * 1000) + n, 1) with { StartNs = (i * 1000) + n, Body = new byte[500] })]);

        var deleted = await _store.TrimAsync(null, 6 << 20, Token);

        Assert.InRange(deleted, 5_000, 15_000);
        Assert.Equal(40_500u, (uint)(await _store.FindAsync(new SpanQuery(Limit: 1), Token))[0].Trace.Value);
        using var connection = _database.Connect();
        Assert.InRange(connection.QuerySingle<long>("select p.page_count * s.page_size from pragma_page_count p, pragma_page_size s"), 1 << 20, 7 << 20);
    }

    [Fact]
    public void Sampling_keeps_whole_traces_all_that_failed_or_were_slow_and_its_share_of_the_rest() =>
        Gen.Select(Gen.ULong, Gen.Double[0, 1]).Sample(
            (seed, share) => ThinnedAsync(new Random((int)seed), new Sampling(share, TimeSpan.FromSeconds(10))).GetAwaiter().GetResult(), iter: 6, threads: 1);

    [Fact]
    public async Task A_trace_that_is_not_known_to_have_ended_is_kept_whatever_the_share()
    {
        await WriteAsync(Span(1, 1) with { DurationNs = null, Format = SpanFormat.LangSmith }, Span(1, 2), Span(2, 1));

        Assert.Equal(1, await _store.ThinAsync(new Sampling(0, TimeSpan.FromSeconds(10)), 100, Token));

        Assert.Equal(2, (await ReadAsync(1))!.Spans.Count);
    }

    private async Task ThinnedAsync(Random random, Sampling sampling)
    {
        const int traces = 300;
        await using var store = new SqliteSpanStore(Database.OpenSpans(Path.Combine(_directory, $"{Guid.NewGuid():N}.db")), (_, later) => later);
        List<SpanRow> spans = [];
        for (var i = 0; i < traces; i++)
        {
            var trace = new TraceId(new UInt128((ulong)random.NextInt64(1, long.MaxValue), (ulong)random.NextInt64()));
            for (var n = 1; n <= 3; n++)
            {
                spans.Add(Span(1, n) with
                {
                    Trace = trace,
                    StartNs = i,
                    Signature = i % 10 == 0 && n == 2 ? "ff" : null,
                    DurationNs = i % 10 == 1 && n == 3 ? 11_000_000_000 : 5,
                });
            }
        }
        await store.WriteAsync([.. spans.OrderBy(_ => random.Next())], [], Token);

        var deleted = await store.ThinAsync(sampling, traces, Token);

        var kept = (await store.FindAsync(new SpanQuery(Limit: 1000), Token)).GroupBy(s => s.Trace).ToDictionary(g => g.Key, g => g.Count());
        foreach (var trace in spans.GroupBy(s => s.Trace))
        {
            var isKept = sampling.Keeps(trace.Key) || trace.Any(s => s.Signature is not null || s.DurationNs > 10_000_000_000);
            Assert.Equal(isKept ? 3 : 0, kept.GetValueOrDefault(trace.Key));
        }
        Assert.Equal(spans.Count - (3 * kept.Count), deleted);
        Assert.Equal(0, await store.ThinAsync(new Sampling(0, TimeSpan.Zero), traces, Token)); // once thinned, a trace is left alone
    }

    private static SpanRow Span(int trace, int id) => new(new TraceId((UInt128)trace), new SpanId((UInt128)id), null, Desk, "chat", SpanRole.Model, 10, 5, null, null, SpanFormat.OtlpProtobuf, new byte[] { 1 });

    private Task WriteAsync(params IReadOnlyList<SpanRow> spans) => _store.WriteAsync(spans, [], Token);

    private Task<StoredTrace?> ReadAsync(int trace) => _store.ReadAsync(new TraceId((UInt128)trace), Token);

    private async Task FindsAsync(int[] traces, SpanQuery query) => Assert.Equal(traces, (await _store.FindAsync(query, Token)).Select(s => (int)s.Trace.Value));
}

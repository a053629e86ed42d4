using System.Net;
using System.Text.Json.Nodes;
using Kintsugi.Tracing.Spans;

namespace Kintsugi.Tests.Tracing.LangSmith;

public class LangSmithApiTests
{
    private const string Root = "01a20996-44a2-7000-8000-00d5b599b6ae";
    private const string Leaf = "01a20996-44aa-7000-8000-02640275b649";
    private const string RootOrder = $"20261123T180612642001Z{Root}";
    private const string LeafOrder = $"{RootOrder}.20261123T180612650002Z{Leaf}";

    [Theory]
    [InlineData(null)]
    [InlineData("gzip")]
    [InlineData("zstd")]
    public async Task Runs_of_a_form_are_spans_whatever_compresses_it(string? encoding)
    {
        await using var host = await LangSmithHost.StartAsync();

        var (status, _) = await host.AskAsync(HttpMethod.Post, "/runs/multipart", Trace().Content(encoding));

        Assert.Equal(HttpStatusCode.Accepted, status);
        var spans = await host.TraceAsync(Guid.Parse(Root));
        Assert.Equal(["root", "ChatOpenAI"], spans.Select(s => s.Name));
        Assert.Equal([null, spans[0].Id], spans.Select(s => s.Parent));
        Assert.Equal([SpanRole.Other, SpanRole.Model], spans.Select(s => s.Role));
        Assert.Equal([null, "gpt-4o-mini-2026"], spans.Select(s => s.Model));
        Assert.Equal([SpanFormat.LangSmith, SpanFormat.LangSmith], spans.Select(s => s.Format));
        Assert.All(spans, s => Assert.Equal(("peers", "langsmith", "r7"), (s.Source.Service, s.Source.Scope, s.Source.Version)));
        Assert.Equal(new DateTimeOffset(2026, 11, 23, 18, 6, 12, 642, TimeSpan.Zero).AddMicroseconds(1), DateTimeOffset.UnixEpoch.AddTicks(spans[0].StartNs / 100));
        Assert.Equal(spans[0].StartNs + spans[0].DurationNs, 1_795_457_172_999_000_000);
        Assert.Equal(ErrorSignature.Of("Error", "refused 12 leads").Hash, spans[1].Signature);
        var body = JsonNode.Parse(spans[1].Body.Span)!;
        Assert.Equal(("hello", "bye"), ((string?)body["inputs"]!["messages"]![0]!["content"], (string?)body["outputs"]!["answer"]));
    }

    [Fact]
    public async Task A_patch_that_comes_before_its_post_completes_it()
    {
        await using var host = await LangSmithHost.StartAsync();

        await host.PostAsync("/runs/batch", $$"""{"patch":[{"id":"{{Root}}","trace_id":"{{Root}}","dotted_order":"{{RootOrder}}","end_time":1795457172999,"outputs":{"a":1} }]}""");
        await host.PostAsync("/runs", $$"""{"id":"{{Root}}","trace_id":"{{Root}}","dotted_order":"{{RootOrder}}","name":"root","run_type":"chain","session_name":"peers","start_time":"2026-11-23T18:06:12.642001Z","inputs":{"q":2},"outputs":null}""");

        var (status, run) = await host.GetAsync($"/runs/{Root}");
        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Equal("""{"a":1}|{"q":2}|success|2026-11-23T18:06:12.999000Z""", $"{run!["outputs"]!.ToJsonString()}|{run["inputs"]!.ToJsonString()}|{run["status"]}|{run["end_time"]}");
        var (_, sessions) = await host.GetAsync("/sessions?name=peers");
        Assert.Equal((string?)sessions![0]!["id"], (string?)run["session_id"]);
    }

    [Fact]
    public async Task A_patch_that_names_no_trace_finds_it_by_the_run()
    {
        await using var host = await LangSmithHost.StartAsync();
        await host.AskAsync(HttpMethod.Post, "/runs/multipart", Trace().Content());

        var (known, _) = await host.PatchAsync($"/runs/{Leaf}", """{"tags":["late"]}""");
        var (unknown, why) = await host.PatchAsync("/runs/01a20996-44aa-7000-8000-026402750000", """{"tags":["late"]}""");

        Assert.Equal((HttpStatusCode.Accepted, HttpStatusCode.UnprocessableEntity), (known, unknown));
        Assert.Contains("trace_id", (string?)why!["detail"], StringComparison.Ordinal);
        Assert.Contains("late", (await host.GetAsync($"/runs/{Leaf}")).Body!["tags"]!.ToJsonString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Runs_are_found_by_their_plain_conditions()
    {
        await using var host = await LangSmithHost.StartAsync();
        await host.AskAsync(HttpMethod.Post, "/runs/multipart", Trace().Content());
        var session = (string?)(await host.GetAsync("/sessions?name=peers")).Body![0]!["id"];

        async Task<string> NamesAsync(string conditions)
        {
            var (_, found) = await host.PostAsync("/runs/query", conditions);
            return string.Join(',', found!["runs"]!.AsArray().Select(r => (string?)r!["name"]));
        }

        Assert.Equal("ChatOpenAI,root", await NamesAsync($$"""{"session":["{{session}}"]}"""));
        Assert.Equal("root", await NamesAsync($$"""{"session":["{{session}}"],"is_root":true}"""));
        Assert.Equal("ChatOpenAI", await NamesAsync($$"""{"session":["{{session}}"],"run_type":"llm"}"""));
        Assert.Equal("ChatOpenAI", await NamesAsync($$"""{"session":["{{session}}"],"error":true}"""));
        Assert.Equal("root,ChatOpenAI", await NamesAsync($$"""{"trace":"{{Root}}","order":"asc"}"""));
        Assert.Equal("ChatOpenAI", await NamesAsync($$"""{"id":["{{Leaf}}"]}"""));
        Assert.Equal("ChatOpenAI", await NamesAsync($$"""{"parent_run":"{{Root}}"}"""));
        Assert.Equal(HttpStatusCode.UnprocessableEntity, (await host.PostAsync("/runs/query", """{"filter":"eq(name, 'x')"}""")).Status);
    }

    [Fact]
    public async Task Pages_of_runs_show_each_run_once()
    {
        await using var host = await LangSmithHost.StartAsync();
        var runs = Enumerable.Range(0, 25).Select(i => Guid.CreateVersion7(DateTimeOffset.UnixEpoch.AddDays(1))).ToList();
        await host.PostAsync("/runs/batch", $$"""{"post":[{{string.Join(',', runs.Select((id, i) => $$"""{"id":"{{id}}","trace_id":"{{id}}","name":"n","run_type":"chain","session_name":"p","start_time":"2026-11-23T18:06:12.{{i / 3:D3}}Z"}"""))}}]}""");
        var session = (string?)(await host.GetAsync("/sessions?name=p")).Body![0]!["id"];

        var seen = new List<string>();
        for (string? cursor = null; seen.Count < 100;)
        {
            var (_, page) = await host.PostAsync("/runs/query", new JsonObject { ["session"] = new JsonArray(session), ["limit"] = 4, ["cursor"] = cursor }.ToJsonString());
            seen.AddRange(page!["runs"]!.AsArray().Select(r => (string)r!["id"]!));
            if ((cursor = (string?)page["cursors"]!["next"]) is null) break;
        }

        Assert.Equal(runs.Select(r => r.ToString()).Order(), seen.Order());
    }

    [Fact]
    public async Task Keys_and_the_host_leave_no_trace()
    {
        await using var host = await LangSmithHost.StartAsync();
        var form = new RunForm()
            .Part($"post.{Root}", $$"""{"id":"{{Root}}","trace_id":"{{Root}}","name":"root","run_type":"chain","dotted_order":"{{RootOrder}}"}""")
            .Part($"post.{Root}.inputs", """{"header":"Bearer sk-proj-A1b2C3d4E5f6G7h8I9j0K1l2M3n4"}""")
            .Part($"post.{Root}.extra", """{"runtime":{"platform":"Linux-6.1-box","sdk":"langsmith-py","hostname":"box7","dir":"/home/ann/agent"},"metadata":{"user":"ann","LANGSMITH_FAILED_TRACES_DIR":"/home/ann/x","route":"/score","thread_id":"t1"}}""");

        await host.AskAsync(HttpMethod.Post, "/runs/multipart", form.Content());

        var span = Assert.Single(await host.TraceAsync(Guid.Parse(Root)));
        var body = JsonNode.Parse(span.Body.Span)!;
        Assert.Equal("""{"runtime":{"sdk":"langsmith-py"},"metadata":{"route":"/score","thread_id":"t1"}}""", body["extra"]!.ToJsonString());
        Assert.Equal("Bearer " + new string('*', 36), (string?)body["inputs"]!["header"]);
        Assert.DoesNotContain("box", span.Source.Resource, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_the_owner_does_not_want_is_blotted_and_the_run_stays_whole()
    {
        await using var host = await LangSmithHost.StartAsync(new SpanRedaction(["iban", "n"], ["[0-9]{4}-[0-9]{4}", "b+c"]));
        await host.PostAsync("/runs", $$"""{"id":"{{Root}}","trace_id":"{{Root}}","name":"card 1234-5678","run_type":"chain","dotted_order":"{{RootOrder}}","inputs":{"iban":{"x":[1]},"n":7,"text":"a \"1234-5678\"","plain":"abbc"} }""");

        var span = Assert.Single(await host.TraceAsync(Guid.Parse(Root)));

        Assert.Equal("card *********", span.Name);
        Assert.Equal("""{"iban":"*******","n":0,"text":"***************","plain":"a***"}""", JsonNode.Parse(span.Body.Span)!["inputs"]!.ToJsonString());
    }

    [Fact]
    public async Task Half_a_character_in_a_text_becomes_the_sign_for_it()
    {
        await using var host = await LangSmithHost.StartAsync();
        await host.PostAsync("/runs", $$"""{"id":"{{Root}}","trace_id":"{{Root}}","name":"a\ud800b \\ud800 \ud83d\ude00","run_type":"chain","dotted_order":"{{RootOrder}}"}""");

        Assert.Equal("a\ufffdb \\ud800 \U0001f600", Assert.Single(await host.TraceAsync(Guid.Parse(Root))).Name);
    }

    [Fact]
    public async Task Large_runs_come_a_few_to_a_page_and_every_one_of_them_once()
    {
        await using var host = await LangSmithHost.StartAsync();
        List<string> sent = [.. Enumerable.Range(0, 9).Select(_ => Guid.CreateVersion7().ToString())];
        foreach (var (id, i) in sent.Select((id, i) => (id, i)))
            await host.PostAsync("/runs", $$"""{"id":"{{id}}","trace_id":"{{id}}","name":"n","session_name":"p{{i % 2}}","start_time":{{1795457172000 + i}},"inputs":"{{new string('x', 5 << 20)}}"}""");
        var (_, sessions) = await host.GetAsync("/sessions");

        List<string> read = [];
        var pages = 0;
        for (string? cursor = "", next; cursor is not null; cursor = next, pages++)
        {
            var (_, page) = await host.PostAsync("/runs/query", $$"""{"session":[{{string.Join(',', sessions!.AsArray().Select(s => s!["id"]!.ToJsonString()))}}]{{(cursor.Length > 0 ? $",\"cursor\":\"{cursor}\"" : "")}}}""");
            read.AddRange(page!["runs"]!.AsArray().Select(r => (string)r!["id"]!));
            next = (string?)page["cursors"]!["next"];
        }

        Assert.Equal(sent.AsEnumerable().Reverse(), read);
        Assert.InRange(pages, 3, 9);
    }

    [Fact]
    public async Task Attachments_within_a_run_are_dropped_as_those_beside_it_are()
    {
        await using var host = await LangSmithHost.StartAsync();

        await host.PostAsync("/runs", $$"""{"id":"{{Root}}","trace_id":"{{Root}}","name":"root","attachments":{},"inputs":{"q":1} }""");

        var (_, run) = await host.GetAsync($"/runs/{Root}");
        Assert.Equal((1, false), ((int)run!["inputs"]!["q"]!, run.AsObject().ContainsKey("attachments")));
    }

    [Fact]
    public async Task Half_a_character_where_an_id_should_stand_is_refused()
    {
        await using var host = await LangSmithHost.StartAsync();

        var (status, _) = await host.PostAsync("/runs", """{"id":"\ud800","name":"a"}""");

        Assert.Equal(HttpStatusCode.BadRequest, status);
    }

    [Fact]
    public async Task Too_much_at_once_is_told_to_come_again()
    {
        await using var host = await LangSmithHost.StartAsync();
        await host.DisposeIntakeAsync();

        using var response = await host.Client.PostAsync(new Uri("/runs/multipart", UriKind.Relative), Trace().Content(), TestContext.Current.CancellationToken);

        Assert.Equal((HttpStatusCode.TooManyRequests, TimeSpan.FromSeconds(1)), (response.StatusCode, response.Headers.RetryAfter?.Delta));
    }

    [Fact]
    public async Task A_form_of_many_runs_is_stored_whole_or_refused_before_any_of_them()
    {
        await using var host = await LangSmithHost.StartAsync();
        var form = RunMaker.Form(new Random(4), 300, filling: 2_000); // more than a part of it is read at once

        Assert.Equal(HttpStatusCode.Accepted, (await host.AskAsync(HttpMethod.Post, "/runs/multipart", form.Content("zstd"))).Status);
        var (_, page) = await host.PostAsync("/runs/query", """{"is_root":true,"limit":1000}""");
        Assert.Equal(300, page!["runs"]!.AsArray().Count);
        foreach (var root in page["runs"]!.AsArray()) Assert.Equal(4, (await host.TraceAsync(Guid.Parse((string)root!["id"]!))).Count(s => s.DurationNs is not null));

        var orphan = RunMaker.Form(new Random(5), 300, project: "orphans", filling: 2_000).Part($"patch.{Leaf}", "{}");
        Assert.Equal(HttpStatusCode.UnprocessableEntity, (await host.AskAsync(HttpMethod.Post, "/runs/multipart", orphan.Content("zstd"))).Status);
        Assert.Empty(await host.Store.FindAsync(new SpanQuery(Service: "orphans"), TestContext.Current.CancellationToken));
    }

    [Theory]
    [InlineData("/datasets", "{0}")]
    [InlineData("/feedback", "{0}")]
    [InlineData("/examples/bulk", "[{0}]")]
    public async Task Documents_of_too_many_values_are_refused(string path, string body)
    {
        await using var host = await LangSmithHost.StartAsync();

        var (status, answer) = await host.PostAsync(path, body.Replace("{0}", $$"""{"name":"n","key":"k","extra":[{{string.Join(',', Enumerable.Repeat("1", 300_000))}}]}""", StringComparison.Ordinal));

        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, status);
        Assert.Contains("values", (string?)answer!["detail"]);
    }

    [Theory]
    [InlineData("/runs/multipart")]
    [InlineData("/runs/batch")]
    [InlineData("/runs")]
    public async Task While_the_writer_is_behind_a_body_is_refused_before_it_is_read(string path)
    {
        var store = new HeldStore();
        await using var host = await LangSmithHost.StartAsync(spans: store, mostWaiting: 1);
        var waiting = host.PostAsync("/runs", $$"""{"id":"{{Root}}","trace_id":"{{Root}}","name":"root"}""");
        await store.Begun.Task;

        using var unreadable = new ByteArrayContent("no gzip"u8.ToArray()) { Headers = { ContentEncoding = { "gzip" } } };
        using var response = await host.Client.PostAsync(new Uri(path, UriKind.Relative), unreadable, TestContext.Current.CancellationToken);
        store.GoOn.SetResult();

        Assert.Equal((HttpStatusCode.TooManyRequests, TimeSpan.FromSeconds(1)), (response.StatusCode, response.Headers.RetryAfter?.Delta));
        Assert.Equal(HttpStatusCode.Accepted, (await waiting).Status);
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("zstd")]
    public async Task A_bomb_is_refused(string encoding)
    {
        await using var host = await LangSmithHost.StartAsync();

        var (status, body) = await host.AskAsync(HttpMethod.Post, "/runs/multipart", RunForm.Content(new byte[200 << 20], encoding));

        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, status);
        Assert.Contains("20 MiB", (string?)body!["detail"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task More_parts_than_are_read_are_refused()
    {
        await using var host = await LangSmithHost.StartAsync();
        var form = new RunForm();
        for (var i = 0; i <= 10_000; i++) form.Part($"attachment.{Root}.{i}", "1");

        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, (await host.AskAsync(HttpMethod.Post, "/runs/multipart", form.Content())).Status);
    }

    [Fact]
    public async Task What_is_deeper_than_is_read_is_refused_and_what_is_not_is_kept()
    {
        await using var host = await LangSmithHost.StartAsync();
        string Run(int depth) => $$"""{"id":"{{Root}}","trace_id":"{{Root}}","name":"n","run_type":"chain","dotted_order":"{{RootOrder}}","inputs":{{new string('[', depth)}}{{new string(']', depth)}}}""";

        Assert.Equal(HttpStatusCode.BadRequest, (await host.PostAsync("/runs", Run(128))).Status);
        Assert.Equal(HttpStatusCode.Accepted, (await host.PostAsync("/runs", Run(127))).Status);
        Assert.Equal(HttpStatusCode.Accepted, (await host.PatchAsync($"/runs/{Root}", $$"""{"trace_id":"{{Root}}","end_time":1795457172999}""")).Status);
        Assert.Equal(HttpStatusCode.OK, (await host.GetAsync($"/runs/{Root}")).Status);
    }

    [Theory]
    [InlineData("GET", "/annotation-queues")]
    [InlineData("GET", "/runs/x/y")]
    [InlineData("POST", "/runs/group")]
    [InlineData("PUT", "/runs/01a20996-44a2-7000-8000-00d5b599b6ae")]
    [InlineData("GET", "/repos/a/b")]
    [InlineData("DELETE", "/info/x")]
    public async Task What_is_not_served_says_what_is(string method, string path)
    {
        await using var host = await LangSmithHost.StartAsync();

        var (status, body) = await host.AskAsync(new HttpMethod(method), path);

        Assert.Equal(HttpStatusCode.NotFound, status);
        if (!path.StartsWith("/info", StringComparison.Ordinal)) Assert.Contains("POST /runs/multipart", (string?)body!["detail"], StringComparison.Ordinal);
    }

    private static RunForm Trace() => new RunForm()
        .Part($"post.{Root}", $$"""{"session_name":"peers","id":"{{Root}}","name":"root","start_time":"2026-11-23T18:06:12.642001Z","run_type":"chain","child_runs":[],"trace_id":"{{Root}}","dotted_order":"{{RootOrder}}","tags":["t1"]}""")
        .Part($"post.{Root}.inputs", """{"input":21}""")
        .Part($"post.{Root}.extra", """{"metadata":{"revision_id":"r7"},"runtime":{"library":"langsmith","sdk":"langsmith-js"}}""")
        .Part($"post.{Root}.serialized", "{}")
        .Part($"post.{Leaf}", $$"""{"session_name":"peers","id":"{{Leaf}}","name":"ChatOpenAI","start_time":"2026-11-23T18:06:12.650002Z","run_type":"llm","child_runs":[],"trace_id":"{{Root}}","dotted_order":"{{LeafOrder}}"}""")
        .Part($"post.{Leaf}.inputs", """{"model":"gpt-4o-mini","messages":[{"role":"user","content":"hello"}]}""")
        .Part($"post.{Leaf}.extra", """{"metadata":{"revision_id":"r7","ls_model_name":"gpt-4o-mini"},"runtime":{"library":"langsmith","sdk":"langsmith-js"}}""")
        .Part($"patch.{Leaf}", $$"""{"end_time":1795457172900,"dotted_order":"{{LeafOrder}}","trace_id":"{{Root}}","session_name":"peers"}""")
        .Part($"patch.{Leaf}.outputs", """{"model":"gpt-4o-mini-2026","answer":"bye","usage_metadata":{"input_tokens":2,"output_tokens":3,"total_tokens":5}}""")
        .Part($"patch.{Leaf}.error", "\"Error: refused 31 leads\\n    at x (/app/a.js:1:2)\"")
        .Part($"patch.{Root}", $$"""{"end_time":1795457172999,"dotted_order":"{{RootOrder}}","trace_id":"{{Root}}"}""");
}

using System.Net;
using System.Net.Sockets;
using System.Text;
using Kintsugi.Models;
using Kintsugi.Models.Upstreams;
using Microsoft.AspNetCore.Http;
using static Kintsugi.Tests.Models.Answers;

namespace Kintsugi.Tests.Models;

public class UpstreamTests
{
    [Fact]
    public async Task A_request_reaches_the_upstream_below_its_path_and_the_secret_is_added_outside()
    {
        await using var service = await StubService.StartAsync(StubService.Json(200, """{"size":40}"""));
        await using var rig = await UpstreamRig.ForAsync(service.Url, null, "POST");

        using var response = await rig.SendAsync(HttpMethod.Post, "/leads/a%20b?page=2&q=%2e", message =>
        {
            message.Content = new StringContent("{}", Encoding.UTF8, "application/json");
            message.Headers.Add("X-Tenant", "de");
            message.Headers.Add("Authorization", "Bearer the-agent's-own");
        });

        Assert.Equal("""{"size":40}""", await TextAsync(response));
        var sent = Assert.Single(service.Requests);
        Assert.Equal(("POST", "/v1/leads/a%20b?page=2&q=%2e", $"Bearer {UpstreamRig.Key}", "{}"), (sent.Method, sent.Target, sent.Authorization, sent.Body));
        Assert.Equal(("de", "application/json; charset=utf-8"), (sent.Headers["X-Tenant"], sent.Headers["Content-Type"]));
        Assert.Equal(new RecordedUpstreamCall("CRM_URL", "POST", "127.0.0.1", "/leads/a%20b", 200, false, rig.Call.Latency, null), rig.Call);
        Assert.Empty(rig.Calls.Calls);
    }

    [Theory]
    [InlineData("", "/v1")]
    [InlineData("?a=1", "/v1?a=1")]
    [InlineData("/", "/v1/")]
    [InlineData("//other.example/x", "/v1//other.example/x")]
    [InlineData("/group%2Fproject", "/v1/group%2Fproject")]
    [InlineData("/...;v=1/%E2%82%AC?redirect=../..", "/v1/...;v=1/%E2%82%AC?redirect=../..")]
    public async Task A_path_goes_on_as_it_was_written(string below, string target)
    {
        await using var service = await StubService.StartAsync(StubService.Json(200, "{}"));
        await using var rig = await UpstreamRig.ForAsync(service.Url);

        using var response = await rig.GetAsync(below);

        Assert.Equal((HttpStatusCode.OK, target), (response.StatusCode, Assert.Single(service.Requests).Target));
    }

    [Theory]
    [InlineData("/../admin")]
    [InlineData("/a/../../admin")]
    [InlineData("/.")]
    [InlineData("/%2e%2e/admin")]
    [InlineData("/%2E./admin")]
    [InlineData("/%252e%252e/admin")]
    [InlineData("/..%2fadmin")]
    [InlineData("/a%2f..%2f..%2fadmin")]
    [InlineData("/..;x/admin")]
    [InlineData("/..\\admin")]
    [InlineData("/a%5c..%5cadmin")]
    [InlineData("/%c0%ae%c0%ae/admin")]
    [InlineData("/a%0d%0aHost:%20other.example")]
    [InlineData("/%25252525252525252e")]
    public async Task A_path_that_could_lead_out_is_refused_and_is_the_agents_own_mistake(string below)
    {
        await using var service = await StubService.StartAsync(StubService.Json(200, "{}"));
        await using var rig = await UpstreamRig.ForAsync(service.Url);

        using var response = await rig.GetAsync(below);

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Empty(service.Requests);
        Assert.Null(rig.Call.Fault);
    }

    [Theory]
    [InlineData("/upstream/OTHER_URL/x")]
    [InlineData("/upstream/crm_url/x")]
    [InlineData("/upstream/")]
    [InlineData("/v1/../upstream/CRM_URL/x")]
    [InlineData("/%75pstream/CRM_URL/x")]
    public async Task What_is_not_the_address_of_an_upstream_leads_nowhere(string target)
    {
        await using var service = await StubService.StartAsync(StubService.Json(200, "{}"));
        await using var rig = await UpstreamRig.ForAsync(service.Url);

        using var response = await rig.SendToAsync(HttpMethod.Get, target);

        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
        Assert.Empty(service.Requests);
    }

    [Fact]
    public async Task A_method_that_is_not_listed_is_refused_with_the_line_to_add_and_is_not_held_against_the_agent()
    {
        await using var service = await StubService.StartAsync(StubService.Json(200, "{}"));
        await using var rig = await UpstreamRig.ForAsync(service.Url);

        using var response = await rig.SendAsync(HttpMethod.Delete, "/leads/1");

        Assert.Equal(HttpStatusCode.MethodNotAllowed, response.StatusCode);
        Assert.Equal(["GET", "HEAD"], response.Content.Headers.Allow);
        Assert.Contains("Write `methods: [GET, HEAD, DELETE]` under upstreams.CRM_URL", await TextAsync(response), StringComparison.Ordinal);
        Assert.StartsWith("upstream CRM_URL (127.0.0.1): not_let_through: DELETE", rig.Call.WorldFault, StringComparison.Ordinal);
        Assert.Empty(service.Requests);
    }

    [Fact]
    public async Task Headers_of_the_connection_cookies_and_ours_stay_behind()
    {
        await using var service = await StubService.StartAsync(async context =>
        {
            context.Response.Headers.SetCookie = "session=1";
            context.Response.Headers["Connection"] = "X-Hop";
            context.Response.Headers["X-Hop"] = "1";
            context.Response.Headers["Link"] = "<next>";
            await context.Response.WriteAsync("{}");
        });
        await using var rig = await UpstreamRig.ForAsync(service.Url);

        using var response = await rig.SendAsync(HttpMethod.Get, "/x", message =>
        {
            foreach (var name in (string[])["Cookie", "Proxy-Authorization", "TE", "X-HTTP-Method-Override", "Kintsugi-Sample", "X-Mine"])
                message.Headers.TryAddWithoutValidation(name, "v");
            message.Headers.TryAddWithoutValidation("Connection", "X-Mine");
            message.Headers.TryAddWithoutValidation("Accept", "text/plain");
        });

        var sent = Assert.Single(service.Requests).Headers;
        Assert.Equal(["Accept", "Accept-Encoding", "Authorization", "Host"], sent.Keys.Order());
        Assert.DoesNotContain("127.0.0.1:" + response.RequestMessage!.RequestUri!.Port, sent["Host"], StringComparison.Ordinal);
        Assert.Equal("<next>", Assert.Single(response.Headers.GetValues("Link")));
        Assert.False(response.Headers.Contains("Set-Cookie") || response.Headers.Contains("X-Hop"));
    }

    [Fact]
    public async Task An_echoed_secret_reaches_neither_agent_nor_recording_even_between_two_chunks()
    {
        await using var service = await StubService.StartAsync(async context =>
        {
            var authorization = context.Request.Headers.Authorization.ToString();
            context.Response.Headers["X-Echo"] = authorization;
            await context.Response.WriteAsync(authorization[..15]);
            await context.Response.Body.FlushAsync();
            await context.Response.WriteAsync(authorization[15..] + "!");
        });
        await using var rig = await UpstreamRig.ForAsync(service.Url);

        using var live = await rig.GetAsync("/x");
        var said = await TextAsync(live);
        rig.Calls = Recorded();
        using var replayed = await rig.GetAsync("/x");

        Assert.Equal($"Bearer {new string('*', UpstreamRig.Key.Length)}!", said);
        Assert.Equal(said, await TextAsync(replayed));
        Assert.Equal($"Bearer {new string('*', UpstreamRig.Key.Length)}", Assert.Single(replayed.Headers.GetValues("X-Echo")));
    }

    [Theory]
    [InlineData("/v1/leads/7?x=1", "/upstream/CRM_URL/leads/7?x=1")]
    [InlineData("leads/8", "/upstream/CRM_URL/leads/8")]
    [InlineData("{origin}/v1/leads/9#top", "/upstream/CRM_URL/leads/9#top")]
    public async Task A_redirect_is_passed_back_as_a_way_through_the_gateway(string location, string expected)
    {
        await using var service = await StubService.StartAsync(context =>
        {
            context.Response.StatusCode = 302;
            context.Response.Headers.Location = location.Replace("{origin}", $"http://{context.Request.Host}", StringComparison.Ordinal);
            return Task.CompletedTask;
        });
        await using var rig = await UpstreamRig.ForAsync(service.Url);

        using var response = await rig.GetAsync("/old");

        Assert.Equal((HttpStatusCode.Found, expected), (response.StatusCode, response.Headers.Location!.OriginalString));
        Assert.Null(rig.Call.Fault);
    }

    [Theory]
    [InlineData("https://other.example/login?token=1")]
    [InlineData("//other.example/login")]
    [InlineData("/v2/leads")]
    [InlineData("/v1/../v2/leads")]
    [InlineData("/v11")]
    [InlineData("http://[")]
    public async Task A_redirect_elsewhere_is_followed_by_nobody_and_said(string location)
    {
        await using var service = await StubService.StartAsync(context =>
        {
            context.Response.StatusCode = 301;
            context.Response.Headers.Location = location;
            return Task.CompletedTask;
        });
        await using var rig = await UpstreamRig.ForAsync(service.Url);

        using var response = await rig.GetAsync("/old");

        Assert.Equal((HttpStatusCode.BadGateway, null), (response.StatusCode, response.Headers.Location));
        Assert.Contains("it redirects to", rig.Call.Fault, StringComparison.Ordinal);
        Assert.DoesNotContain("token=1", rig.Call.Fault, StringComparison.Ordinal);
        Assert.Single(service.Requests);
    }

    [Theory]
    [InlineData(200, null)]
    [InlineData(400, null)]
    [InlineData(403, null)]
    [InlineData(404, null)]
    [InlineData(409, null)]
    [InlineData(401, "refused_key: status 401")]
    [InlineData(408, "timeout: status 408")]
    [InlineData(429, "rate_limit: status 429")]
    [InlineData(500, "upstream_error: status 500")]
    [InlineData(503, "overloaded: status 503")]
    public async Task A_refusal_of_the_request_is_the_agents_and_a_failure_the_worlds(int status, string? fault)
    {
        await using var service = await StubService.StartAsync(StubService.Json(status, """{"why":"no"}"""));
        await using var rig = await UpstreamRig.ForAsync(service.Url);

        using var response = await rig.GetAsync("/x");

        Assert.Equal((status, """{"why":"no"}"""), ((int)response.StatusCode, await TextAsync(response)));
        Assert.Equal(fault, rig.Call.Fault);
    }

    [Fact]
    public async Task A_question_that_changes_nothing_is_put_again_when_the_upstream_stumbles()
    {
        await using var service = await StubService.StartAsync(StubService.Fails(503), StubService.Breaks(withinBody: false), StubService.Json(200, "{}"));
        await using var rig = await UpstreamRig.ForAsync(service.Url);

        using var response = await rig.GetAsync("/x");

        Assert.Equal((HttpStatusCode.OK, null, 3), (response.StatusCode, rig.Call.Fault, service.Requests.Count));
    }

    [Theory]
    [InlineData("POST", null)]
    [InlineData("GET", "3600")]
    public async Task What_may_change_something_or_must_wait_long_is_put_once(string method, string? retryAfter)
    {
        await using var service = await StubService.StartAsync(StubService.Fails(503, retryAfter));
        await using var rig = await UpstreamRig.ForAsync(service.Url, null, method);

        using var response = await rig.SendAsync(HttpMethod.Parse(method), "/x");

        Assert.Equal(retryAfter, response.Headers.RetryAfter?.ToString());
        Assert.Single(service.Requests);
        Assert.Equal("overloaded: status 503", rig.Call.Fault);
    }

    [Theory]
    [InlineData("http://127.0.0.1:{closed}/", "unreachable: no connection")]
    [InlineData("https://127.0.0.1:{stub}/", "unreachable: TLS failed")]
    [InlineData("http://crm.invalid/", "unreachable: its name does not resolve")]
    public async Task An_upstream_that_cannot_be_reached_is_the_world_and_is_named(string url, string fault)
    {
        await using var service = await StubService.StartAsync(StubService.Json(200, "{}"));
        url = url.Replace("{closed}", $"{ClosedPort()}", StringComparison.Ordinal).Replace("{stub}", $"{service.Url.Port}", StringComparison.Ordinal);
        await using var rig = await UpstreamRig.ForAsync(new Uri(url));

        using var response = await rig.GetAsync("/x");

        Assert.Equal(HttpStatusCode.BadGateway, response.StatusCode);
        Assert.Equal(fault, rig.Call.Fault);
        Assert.Contains($"The upstream CRM_URL ({new Uri(url).Host}) failed: {fault}.", await TextAsync(response), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_upstream_that_does_not_answer_in_time_is_the_world()
    {
        await using var service = await StubService.StartAsync(StubService.Stalls(new TaskCompletionSource()));
        await using var rig = await UpstreamRig.ForAsync(service.Url, limits => limits with { CallTimeout = TimeSpan.FromMilliseconds(200) });

        using var response = await rig.GetAsync("/x");

        Assert.Equal((HttpStatusCode.GatewayTimeout, "timeout: no answer within 0.2 s"), (response.StatusCode, rig.Call.Fault));
    }

    [Theory]
    [InlineData("", "cut: it broke off within its answer")]
    [InlineData("more than the bound allows", "too_large: its answer is larger than 0 MiB")]
    public async Task An_answer_that_breaks_off_or_grows_too_large_is_not_ended_as_if_it_were_whole_nor_recorded(string more, string fault)
    {
        var received = new TaskCompletionSource();
        await using var service = await StubService.StartAsync(async context =>
        {
            await context.Response.WriteAsync("first");
            await context.Response.Body.FlushAsync();
            await received.Task;
            if (more.Length == 0) context.Abort();
            else await context.Response.WriteAsync(more);
        }, StubService.Json(200, "{}"));
        await using var rig = await UpstreamRig.ForAsync(service.Url, limits => limits with { MaxAnswerBytes = 10 });

        using (var response = await rig.GetAsync("/x"))
        {
            await using var body = await response.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken);
            await body.ReadExactlyAsync(new byte[5], TestContext.Current.CancellationToken);
            received.SetResult();
            using var reader = new StreamReader(body);
            await Assert.ThrowsAnyAsync<IOException>(() => reader.ReadToEndAsync(TestContext.Current.CancellationToken));
        }
        var broken = rig.Call;
        rig.Calls = Recorded();
        using var again = await rig.GetAsync("/x");

        Assert.Equal(fault, broken.Fault);
        Assert.Equal((false, 2), (rig.Call.Replayed, service.Requests.Count));
    }

    [Fact]
    public async Task An_answer_that_says_it_is_larger_than_the_bound_is_not_begun()
    {
        await using var service = await StubService.StartAsync(StubService.Json(200, new string('x', 5000)));
        await using var rig = await UpstreamRig.ForAsync(service.Url, limits => limits with { MaxAnswerBytes = 1000 });

        using var response = await rig.GetAsync("/x");

        Assert.Equal(HttpStatusCode.BadGateway, response.StatusCode);
        Assert.StartsWith("too_large: its answer is larger than", rig.Call.Fault, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_request_larger_than_the_bound_reaches_nobody()
    {
        await using var service = await StubService.StartAsync(StubService.Json(200, "{}"));
        await using var rig = await UpstreamRig.ForAsync(service.Url, null, "POST");

        using var response = await rig.SendAsync(HttpMethod.Post, "/x", message => message.Content = new ByteArrayContent(new byte[(10 << 20) + 1]));

        Assert.Equal((HttpStatusCode.RequestEntityTooLarge, 413), (response.StatusCode, rig.Call.Status));
        Assert.Empty(service.Requests);
    }

    [Fact]
    public async Task A_compressed_answer_is_unpacked_so_that_no_secret_hides_in_it()
    {
        await using var service = await StubService.StartAsync(async context =>
        {
            context.Response.Headers.ContentEncoding = "gzip";
            await using var gzip = new System.IO.Compression.GZipStream(context.Response.Body, System.IO.Compression.CompressionLevel.Fastest);
            await gzip.WriteAsync(Encoding.UTF8.GetBytes("key " + UpstreamRig.Key), context.RequestAborted);
        });
        await using var rig = await UpstreamRig.ForAsync(service.Url);

        using var response = await rig.GetAsync("/x");

        Assert.Equal("key " + new string('*', UpstreamRig.Key.Length), await TextAsync(response));
        Assert.Empty(response.Content.Headers.ContentEncoding);
    }

    [Fact]
    public async Task An_answer_arrives_while_it_is_written()
    {
        var more = new TaskCompletionSource();
        await using var service = await StubService.StartAsync(async context =>
        {
            await context.Response.WriteAsync("first ");
            await context.Response.Body.FlushAsync();
            await more.Task;
            await context.Response.WriteAsync("second");
        });
        await using var rig = await UpstreamRig.ForAsync(service.Url);

        using var response = await rig.GetAsync("/x");
        await using var body = await response.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken);
        await body.ReadExactlyAsync(new byte[6], TestContext.Current.CancellationToken); // the service still holds the rest back
        more.SetResult();
        using var reader = new StreamReader(body);

        Assert.Equal("second", await reader.ReadToEndAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_recording_answers_the_same_request_of_the_same_sample_epoch_and_ordinal_alone()
    {
        var asked = 0;
        await using var service = await StubService.StartAsync(context =>
        {
            context.Response.Headers.ETag = "\"1\"";
            return context.Response.WriteAsync($"{Interlocked.Increment(ref asked)}");
        });
        await using var rig = await UpstreamRig.ForAsync(service.Url);
        async Task<string> AskAsync(string below, string accept = "text/plain", string label = "a")
        {
            using var response = await rig.SendAsync(HttpMethod.Get, below, message =>
            {
                message.Headers.TryAddWithoutValidation("Accept", accept);
                message.Headers.TryAddWithoutValidation("X-Request-Id", label);
            });
            return await TextAsync(response) + response.Headers.ETag?.Tag;
        }
        Assert.Equal(["1\"1\"", "2\"1\""], [await AskAsync("/x"), await AskAsync("/x")]);

        rig.Calls = Recorded();
        Assert.Equal(["1\"1\"", "2\"1\"", "3\"1\""], [await AskAsync("/x", label: "b"), await AskAsync("/x"), await AskAsync("/x")]);
        Assert.Equal([true, true, false], rig.Calls.All.Cast<RecordedUpstreamCall>().Select(c => c.Replayed));

        rig.Calls = Recorded();
        Assert.Equal(["4\"1\"", "5\"1\""], [await AskAsync("/x?q=1"), await AskAsync("/x", accept: "text/html")]);
        rig.Calls = Recorded(sample: "other");
        Assert.Equal("6\"1\"", await AskAsync("/x"));
        rig.Calls = Recorded(epoch: 1);
        Assert.Equal("7\"1\"", await AskAsync("/x"));
        rig.Calls = Fresh();
        Assert.Equal("8\"1\"", await AskAsync("/x"));
    }

    [Theory]
    [InlineData("HEAD", 200)]
    [InlineData("GET", 204)]
    [InlineData("GET", 304)]
    [InlineData("GET", 404)]
    public async Task An_answer_without_a_body_and_a_refusal_replay_as_they_were(string method, int status)
    {
        await using var service = await StubService.StartAsync(context =>
        {
            context.Response.StatusCode = status;
            if (method == "HEAD") context.Response.ContentLength = 42;
            return Task.CompletedTask;
        });
        await using var rig = await UpstreamRig.ForAsync(service.Url);

        using var live = await rig.SendAsync(HttpMethod.Parse(method), "/x");
        rig.Calls = Recorded();
        using var replayed = await rig.SendAsync(HttpMethod.Parse(method), "/x");

        Assert.Equal((status, status, true), ((int)live.StatusCode, (int)replayed.StatusCode, rig.Call.Replayed));
        Assert.Equal(live.Content.Headers.ContentLength, replayed.Content.Headers.ContentLength);
        Assert.Equal(method == "HEAD" ? 42 : live.Content.Headers.ContentLength, live.Content.Headers.ContentLength);
    }

    [Fact]
    public async Task No_secret_is_stored()
    {
        await using var service = await StubService.StartAsync(StubService.Json(200, "{}"));
        await using var rig = await UpstreamRig.ForAsync(service.Url);

        using var response = await rig.SendAsync(HttpMethod.Get, "/x", message => message.Headers.Add("X-Own-Key", "agent-secret-1"));
        await TextAsync(response);
        var stored = await rig.StoredAsync();

        Assert.Contains("GET " + service.Url, stored, StringComparison.Ordinal);
        Assert.DoesNotContain(UpstreamRig.Key, stored, StringComparison.Ordinal);
        Assert.DoesNotContain("agent-secret-1", stored, StringComparison.Ordinal);
    }

    [Fact]
    public void A_secret_of_asterisks_is_blotted_out_once() =>
        Assert.Equal("a ******** b", new Kintsugi.Models.Providers.SecretMask(["********"]).Blot("a ******** b"));

    [Fact]
    public void A_configuration_is_shown_without_its_secrets() =>
        Assert.Equal("CRM_URL (x)", new UpstreamConfig("CRM_URL", new Uri("https://x/a"), new Dictionary<string, string> { ["K"] = "s3cret" }, ["s3cret"], ["GET"]).ToString());

    private static Task<string> TextAsync(HttpResponseMessage response) => response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);

    private static int ClosedPort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}

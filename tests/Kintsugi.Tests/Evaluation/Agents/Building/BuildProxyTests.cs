using System.Net;
using System.Net.Sockets;
using System.Text;
using Kintsugi.Tests.Models;
using Microsoft.AspNetCore.Http;

namespace Kintsugi.Tests.Evaluation.Agents.Building;

public class BuildProxyTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private static readonly Dictionary<string, string> Loopback = new() { ["pypi.test"] = "127.0.0.1", ["rebound.test"] = "127.0.0.1", ["metadata.test"] = "169.254.169.254" };

    [Fact]
    public async Task An_allowed_host_is_reached_through_a_tunnel_that_nobody_opens()
    {
        await using var host = await StubHost.StartAsync(context => context.Response.WriteAsync("a wheel"), tls: true);
        await using var rig = BuildProxyRig.Of($"[\"localhost:{host.Port}\"]", names: new Dictionary<string, string> { ["localhost"] = "127.0.0.1" });

        var answer = await rig.GetAsync($"https://localhost:{host.Port}/simple/");

        Assert.Equal("a wheel", await answer.Content.ReadAsStringAsync(Token));
        Assert.Null(rig.Proxy.Use.Problem);
    }

    [Theory]
    [InlineData("https://evil.test/", "evil.test")]
    [InlineData("https://pypi.test:22/", "pypi.test:22")]
    [InlineData("https://pypi.test.evil.test/", "pypi.test.evil.test")]
    [InlineData("https://example.test/", "example.test")] // *.example.test is what lies below it
    [InlineData("https://127.0.0.1/", "127.0.0.1")]
    public async Task Any_other_host_is_refused_and_remembered_with_the_line_to_add(string address, string remembered)
    {
        await using var rig = BuildProxyRig.Of("[pypi.test, '*.example.test']", names: Loopback);

        await Assert.ThrowsAsync<HttpRequestException>(() => rig.GetAsync(address));

        Assert.Equal($"blocked: {remembered}; add it under build.network.", rig.Proxy.Use.Problem);
    }

    [Fact]
    public async Task A_refusal_says_which_line_to_add()
    {
        await using var rig = BuildProxyRig.Of("[]");

        var tunnel = await rig.SendAsync("CONNECT pypi.org:443 HTTP/1.1");
        var plain = await rig.GetAsync("http://pypi.org/simple/");

        Assert.StartsWith("HTTP/1.1 403 ", tunnel, StringComparison.Ordinal);
        Assert.Contains("build: { network: [\"pypi.org\"] }", tunnel, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.Forbidden, plain.StatusCode);
        Assert.Contains("build: { network: [\"pypi.org\"] }", await plain.Content.ReadAsStringAsync(Token), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("CONNECT pypi.org HTTP/1.1")]
    [InlineData("CONNECT :443 HTTP/1.1")]
    [InlineData("CONNECT pypi.org:99999 HTTP/1.1")]
    [InlineData("CONNECT  HTTP/1.1")]
    public async Task A_tunnel_to_nowhere_is_a_bad_request(string line)
    {
        await using var rig = BuildProxyRig.Of("[pypi.org]");

        Assert.StartsWith("HTTP/1.1 400 ", await rig.SendAsync(line), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Plain_http_is_passed_on_whole()
    {
        await using var host = await StubHost.StartAsync(async context =>
        {
            using var body = new StreamReader(context.Request.Body);
            context.Response.StatusCode = 201;
            await context.Response.WriteAsync($"{context.Request.Method} {context.Request.Path}{context.Request.QueryString} {context.Request.Headers["X-A"]} {await body.ReadToEndAsync()}");
        });
        await using var rig = BuildProxyRig.Of($"[\"127.0.0.1:{host.Port}\"]");
        using var request = new HttpRequestMessage(HttpMethod.Post, $"http://127.0.0.1:{host.Port}/a%2Fb?c=d") { Content = new StringContent("text"), Headers = { { "X-A", "1" } } };

        var answer = await rig.Client.SendAsync(request, Token);

        Assert.Equal(HttpStatusCode.Created, answer.StatusCode);
        Assert.Equal("POST /a%2Fb?c=d 1 text", await answer.Content.ReadAsStringAsync(Token));
    }

    [Theory]
    [InlineData("https://rebound.test/", "127.0.0.1")]
    [InlineData("http://rebound.test/", "127.0.0.1")]
    [InlineData("https://metadata.test/", "169.254.169.254")]
    public async Task An_allowed_name_that_leads_into_a_private_network_is_refused(string url, string address)
    {
        await using var rig = BuildProxyRig.Of("[rebound.test, metadata.test]", names: Loopback);

        var answer = await Record.ExceptionAsync(async () => (await rig.GetAsync(url)).EnsureSuccessStatusCode());

        Assert.IsType<HttpRequestException>(answer);
        Assert.Contains($"it resolves to {address}, which is no public address: write the address itself under build.network", rig.Proxy.Use.Problem, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("https://gone.test/")]
    [InlineData("http://gone.test/")]
    public async Task A_host_that_cannot_be_reached_is_told_from_one_that_is_refused(string url)
    {
        await using var rig = BuildProxyRig.Of("[gone.test]");

        await Record.ExceptionAsync(() => rig.GetAsync(url));

        Assert.Empty(rig.Proxy.Use.Blocked);
        Assert.Equal("gone.test", Assert.Single(rig.Proxy.Use.Failing).Key);
    }

    [Fact]
    public async Task A_registry_gets_the_credential_that_the_build_never_sees()
    {
        var seen = new List<string>();
        await using var host = await StubHost.StartAsync(context =>
        {
            seen.Add($"{context.Request.Path} {context.Request.Headers.Authorization}");
            return context.Response.WriteAsync("a package");
        });
        await using var rig = BuildProxyRig.Of(Registry(host), "[TOKEN]");

        using var request = new HttpRequestMessage(HttpMethod.Get, $"http://{rig.At}/registry/1/@scope%2fname") { Headers = { { "Authorization", "Basic forged" } } };
        var answer = await rig.Client.SendAsync(request, Token);

        Assert.Equal("a package", await answer.Content.ReadAsStringAsync(Token));
        Assert.Equal(["/npm/@scope%2fname Bearer s3cret"], seen);
        Assert.Equal("http://127.0.0.1:8080/registry/1", rig.Proxy.Variables["KINTSUGI_REGISTRY_1"]);
        Assert.DoesNotContain(rig.Proxy.Variables.Values, v => v.Contains("s3cret", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("GET /registry/1/../admin HTTP/1.1", 404)] // resolved by the time it is read: it names no registry
    [InlineData("GET /registry/1/%2e%2e/admin HTTP/1.1", 403)]
    [InlineData("GET /registry/1/..%2fadmin HTTP/1.1", 403)]
    [InlineData("GET /registry/1/..%5cadmin HTTP/1.1", 403)]
    [InlineData("PUT /registry/1/package HTTP/1.1", 403)]
    [InlineData("GET /registry/2/package HTTP/1.1", 403)]
    [InlineData("GET /registry/x/package HTTP/1.1", 404)]
    [InlineData("GET /registry/1@evil.test/ HTTP/1.1", 404)]
    public async Task The_credential_goes_nowhere_but_below_the_registrys_address(string line, int status)
    {
        var reached = false;
        await using var host = await StubHost.StartAsync(_ =>
        {
            reached = true;
            return Task.CompletedTask;
        });
        await using var rig = BuildProxyRig.Of(Registry(host), "[TOKEN]");

        var answer = await rig.SendAsync(line);

        Assert.Matches($"^HTTP/1.1 (403|{status}) ", answer);
        Assert.False(reached);
    }

    [Fact]
    public async Task Links_of_an_index_page_lead_through_the_proxy()
    {
        StubHost? stub = null;
        await using var host = stub = await StubHost.StartAsync(context =>
        {
            context.Response.ContentType = "text/html";
            return context.Response.WriteAsync($"<a href=\"http://127.0.0.1:{stub!.Port}/npm/a.whl#sha256=00\">a</a> <a href='/npm/b.whl'>b</a> <a href=\"https://other.test/c.whl\">c</a>");
        });
        await using var rig = BuildProxyRig.Of(Registry(host), "[TOKEN]");

        var page = await (await rig.GetAsync($"http://{rig.At}/registry/1/simple/")).Content.ReadAsStringAsync(Token);

        Assert.Equal($"<a href=\"http://{rig.At}/registry/1/a.whl#sha256=00\">a</a> <a href='/registry/1/b.whl'>b</a> <a href=\"https://other.test/c.whl\">c</a>", page);
    }

    [Fact]
    public async Task A_redirection_within_the_registry_stays_inside_and_one_out_of_it_is_followed_without_the_credential()
    {
        StubHost? stub = null;
        await using var host = stub = await StubHost.StartAsync(context =>
        {
            context.Response.Redirect(context.Request.Path == "/npm/near" ? $"http://127.0.0.1:{stub!.Port}/npm/there?x=1" : "https://files.test/there");
            return Task.CompletedTask;
        });
        await using var rig = BuildProxyRig.Of(Registry(host), "[TOKEN]");

        Assert.Equal($"http://{rig.At}/registry/1/there?x=1", (await rig.GetAsync($"http://{rig.At}/registry/1/near")).Headers.Location!.AbsoluteUri);
        Assert.Equal("https://files.test/there", (await rig.GetAsync($"http://{rig.At}/registry/1/far")).Headers.Location!.AbsoluteUri);
    }

    [Fact]
    public async Task A_registry_that_refuses_the_credential_is_the_worlds_fault_until_it_takes_it()
    {
        var status = 401;
        await using var host = await StubHost.StartAsync(context =>
        {
            context.Response.StatusCode = status;
            return Task.CompletedTask;
        });
        await using var rig = BuildProxyRig.Of(Registry(host), "[TOKEN]");

        await rig.GetAsync($"http://{rig.At}/registry/1/package");
        var refused = rig.Proxy.Use.Problem;
        status = 200;
        await rig.GetAsync($"http://{rig.At}/registry/1/package");

        Assert.Equal($"failed: 127.0.0.1:{host.Port}; it answered 401. Correct the variables that 'build.secrets' names.", refused);
        Assert.Null(rig.Proxy.Use.Problem);
    }

    [Fact]
    public async Task A_build_that_moves_too_much_is_cut_off_and_that_is_its_own_doing()
    {
        await using var host = await StubHost.StartAsync(context => context.Response.Body.WriteAsync(new byte[1 << 20], context.RequestAborted).AsTask());
        await using var rig = BuildProxyRig.Of($"[\"127.0.0.1:{host.Port}\"]", mostBytes: 1 << 16);

        await Record.ExceptionAsync(() => rig.GetAsync($"http://127.0.0.1:{host.Port}/"));

        Assert.True(rig.Proxy.IsSpent);
        Assert.Null(rig.Proxy.Use.Problem);
    }

    [Fact]
    public async Task A_tunnel_that_has_been_silent_for_too_long_is_closed()
    {
        var clock = new SkippingClock();
        using var host = new TcpListener(IPAddress.Loopback, 0);
        host.Start();
        var port = ((IPEndPoint)host.LocalEndpoint).Port;
        await using var rig = BuildProxyRig.Of($"[\"127.0.0.1:{port}\"]", clock: clock);
        using var client = new TcpClient();
        await client.ConnectAsync(rig.At, Token);
        var tunnel = client.GetStream();
        await tunnel.WriteAsync(Encoding.ASCII.GetBytes($"CONNECT 127.0.0.1:{port} HTTP/1.1\r\n\r\n?"), Token);
        using var reached = await host.AcceptTcpClientAsync(Token);
        Assert.Equal('?', reached.GetStream().ReadByte()); // what was sent right behind the request goes through

        clock.Advance(BuildProxyRig.Silence);

        Assert.Equal(0, await reached.GetStream().ReadAsync(new byte[1], Token));
    }

    private static string Registry(StubHost host) => $"[{{ url: 'http://127.0.0.1:{host.Port}/npm', headers: {{ Authorization: 'Bearer ${{TOKEN}}' }} }}]";
}

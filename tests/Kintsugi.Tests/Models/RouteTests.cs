using Kintsugi.Models;
using Kintsugi.Models.Providers;
using Kintsugi.Models.Routing;
using static Kintsugi.Tests.Models.Answers;

namespace Kintsugi.Tests.Models;

public class RouteTests
{
    [Theory]
    [InlineData(401)]
    [InlineData(404)]
    [InlineData(429)]
    [InlineData(503)]
    public async Task The_next_provider_is_asked_where_it_may_do_better(int status)
    {
        await using var first = await StubService.StartAsync(StubService.Fails(status));
        await using var second = await StubService.StartAsync(StubService.Says("yes"));
        await using var rig = GatewayRig.Of(first, second);
        var calls = Fresh();

        var answer = await rig.AskAsync(GatewayRig.Ask(), calls);

        Assert.Equal(200, answer.Status);
        Assert.Equal("p1", Assert.Single(calls.Calls).Provider);
    }

    [Fact]
    public async Task A_refused_request_is_not_taken_elsewhere()
    {
        await using var first = await StubService.StartAsync(StubService.Json(400, """{"error":{"message":"too long","code":"context_length_exceeded"}}"""));
        await using var second = await StubService.StartAsync(StubService.Says("yes"));
        await using var rig = GatewayRig.Of(first, second);

        var answer = await rig.AskAsync(GatewayRig.Ask(), Fresh());

        Assert.Equal(400, answer.Status);
        Assert.Empty(second.Requests);
    }

    [Fact]
    public async Task A_model_that_only_a_failing_provider_may_serve_is_the_worlds_fault()
    {
        await using var first = await StubService.StartAsync(StubService.Fails(404));
        await using var second = await StubService.StartAsync(StubService.Fails(503));
        await using var rig = GatewayRig.Of(first, second);
        var calls = Fresh();

        await rig.AskAsync(GatewayRig.Ask(), calls);

        Assert.Equal(Faults.Overloaded, Assert.Single(calls.Calls).Fault);
    }

    [Fact]
    public async Task A_provider_is_asked_by_its_own_name_for_the_model_and_nothing_else_changes()
    {
        await using var first = await StubService.StartAsync(StubService.Fails(404));
        await using var second = await StubService.StartAsync(StubService.Says("yes"));
        await using var rig = GatewayRig.Of(first, second);
        var request = GatewayRig.Ask(model: "house-model");
        var calls = Fresh();

        await rig.AskAsync(request, calls);

        var sent = System.Text.Encoding.UTF8.GetString(request.Body.Span);
        Assert.Equal(sent, Assert.Single(first.Requests).Body);
        Assert.Equal(sent.Replace("house-model", "stub-1", StringComparison.Ordinal), Assert.Single(second.Requests).Body);
        Assert.Equal("house-model", Assert.Single(calls.Calls).Model);
        Assert.Equal("stub-1-2026", Assert.Single(calls.Calls).ServedModel);
    }

    [Fact]
    public void One_provider_needs_no_route() => Assert.Equal([new RouteStep("only", null)], Routes.Of(Config(), Role.Agent, ["only"]));

    [Theory]
    [InlineData(new string[0], "There are 2 providers (a, b)")]
    [InlineData(new[] { "c" }, "There is no provider 'c'. Use one of a, b.")]
    [InlineData(new[] { "a/gpt-4o" }, "'a/gpt-4o' names a model.")]
    public void A_route_that_cannot_be_used_is_refused_with_what_to_do(string[] route, string words)
    {
        var refused = Assert.Throws<BadModelsConfigException>(() => Routes.Of(Config(route), Role.Agent, ["a", "b"]));

        Assert.StartsWith("models.roles.agent: ", refused.Message, StringComparison.Ordinal);
        Assert.Contains(words, refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("anthropic", "ftp://host", "k", "models.providers.x.url: 'ftp' is not spoken.")]
    [InlineData("gemini", "https://g", "k", "models.providers.x.kind: 'gemini' is not a kind of provider.")]
    [InlineData("openai", null, "k", "models.providers.x.url: An 'openai' provider needs a url")]
    [InlineData("openai", "ftp://host", "k", "models.providers.x.url: 'ftp' is not spoken.")]
    [InlineData("openai", "https://me:pw@host/v1", "k", "models.providers.x.url: The URL holds a user name or password")]
    [InlineData("openai", "https://host/v1", "sk-hidden\n", "models.providers.x.key: The key is empty, or holds a space")]
    public void A_provider_that_cannot_be_used_is_refused_with_what_to_do(string kind, string? url, string key, string words)
    {
        var provider = new ProviderConfig("x", kind, url is null ? null : new Uri(url), key);
        var config = Config() with { Providers = new Dictionary<string, ProviderConfig> { ["x"] = provider } };

        var refused = Assert.Throws<BadModelsConfigException>(
            () => ProviderCatalogue.Create(config, _ => throw new InvalidOperationException(), TimeProvider.System));

        Assert.StartsWith(words, refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("sk-hidden", refused.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("pw", refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("https://api.n1n.ai/v1", "https://api.n1n.ai/v1/chat/completions")]
    [InlineData("https://api.n1n.ai/v1/", "https://api.n1n.ai/v1/chat/completions")]
    [InlineData("http://localhost:11434", "http://localhost:11434/v1/chat/completions")]
    [InlineData("https://host/openai/v1?api-version=2", "https://host/openai/v1/chat/completions?api-version=2")]
    [InlineData("https://host/v1beta/openai", "https://host/v1beta/openai/chat/completions")]
    public void A_base_url_and_a_path_are_joined_as_the_vendors_libraries_do(string baseUrl, string expected) =>
        Assert.Equal(new Uri(expected), ProviderAddress.Join(new Uri(baseUrl), "/v1/chat/completions"));

    private static ModelsConfig Config(params string[] route) => new(
        new Dictionary<string, ProviderConfig>(), new Dictionary<string, IReadOnlyList<string>> { ["agent"] = route },
        new Dictionary<string, IReadOnlyDictionary<string, string>>(), []);
}

using Kintsugi.Evaluation;
using Kintsugi.Evaluation.Agents;
using Kintsugi.Evaluation.Agents.Building;

namespace Kintsugi.Tests.Evaluation.Agents.Building;

public class BuildFileTests
{
    private static AgentDefinition Load(string build) => AgentFile.Load(
        $"agent: {{ name: a, run: r }}\nbuild:\n  run: make\n  inputs: Makefile\n{build}\ndataset: g.jsonl\nscorers: [{{ exact: {{}} }}]", AgentFile.FileName, _ => null);

    [Fact]
    public void Hosts_and_registries_are_read_in_their_order()
    {
        var agent = Load("""
              network:
                - PyPI.org
                - "*.pythonhosted.org"
                - "[::1]:8443"
                - { url: https://npm.example.com/path, headers: { Authorization: "Bearer ${NPM_TOKEN}" } }
                - localhost:3141
              secrets: [NPM_TOKEN]
            """);

        Assert.Equal([new AllowedHost("pypi.org", null), new AllowedHost("*.pythonhosted.org", null), new AllowedHost("::1", 8443), new AllowedHost("localhost", 3141)], agent.Build!.Network.Hosts);
        Assert.Equal("https://npm.example.com/path", Assert.Single(agent.Build.Network.Registries).Url.AbsoluteUri);
        Assert.Empty(agent.Warnings);
    }

    [Fact]
    public void A_build_without_a_network_reaches_nothing() => Assert.Equal((0, 0), (Load("").Build!.Network.Hosts.Count, Load("").Build!.Network.Registries.Count));

    [Theory]
    [InlineData("  network: [https://pypi.org/simple]", "kintsugi.yaml(5): 'build.network[0]' is 'https://pypi.org/simple'. Write a host such as pypi.org")]
    [InlineData("  network: ['*']", "kintsugi.yaml(5): 'build.network[0]' is '*'.")]
    [InlineData("  network: ['*.*.org']", "kintsugi.yaml(5): 'build.network[0]' is '*.*.org'.")]
    [InlineData("  network: ['pypi.org:99999']", "kintsugi.yaml(5): 'build.network' names port 99999.")]
    [InlineData("  network: [{ headers: {} }]", "kintsugi.yaml(5): 'build.network[0].url' is missing.")]
    [InlineData("  network: [{ uri: x }]", "kintsugi.yaml(5): The key 'build.network[0].uri' is not known. Did you mean 'url'?")]
    [InlineData("  network: [{ url: 'https://u:p@npm.example.com' }]", "kintsugi.yaml(5): 'build.network' has the url 'https://u:p@npm.example.com', no address of a registry.")]
    [InlineData("  network: [{ url: 'https://x', headers: { A: 'a ${NPM_TOKEN}' } }]\n  secrets: [OTHER]",
        "kintsugi.yaml(5): The header 'A' in 'build.network' uses ${NPM_TOKEN}, which 'build.secrets' does not list. Add NPM_TOKEN to 'build.secrets'.")]
    [InlineData("  network: [{ url: 'https://x', headers: { A: \"a\\r\\nB: c\" } }]", "kintsugi.yaml(5): 'build.network[0].headers.A' is 'a")]
    public void What_cannot_be_meant_is_refused_with_its_line(string build, string message) =>
        Assert.StartsWith(message, Assert.Throws<BadFileException>(() => Load(build)).Message, StringComparison.Ordinal);

    [Fact]
    public void A_secret_that_no_header_uses_is_a_warning() =>
        Assert.Equal(
            "kintsugi.yaml(5): 'build.secrets' lists NPM_TOKEN, which no header in 'build.network' uses. The build itself never sees it: write ${NPM_TOKEN} into a header, or remove it.",
            Assert.Single(Load("  secrets: ['${NPM_TOKEN}']").Warnings));

    [Theory]
    [InlineData(null, "needs the environment variable TOKEN, which is not set. Set it.")]
    [InlineData("abc\n", "the environment variable TOKEN holds a line break")]
    public void A_secret_that_cannot_be_sent_is_told_by_its_name_alone(string? value, string message)
    {
        var registry = new BuildRegistry(new Uri("https://npm.example.com/"), new Dictionary<string, string> { ["Authorization"] = "Bearer ${TOKEN}" });

        var refused = Assert.Throws<BadFileException>(() => registry.Expand(_ => value));

        Assert.Contains(message, refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("abc", refused.Message, StringComparison.Ordinal);
    }
}

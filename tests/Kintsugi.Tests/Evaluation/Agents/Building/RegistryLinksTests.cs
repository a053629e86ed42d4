using Kintsugi.Evaluation.Agents.Building;

namespace Kintsugi.Tests.Evaluation.Agents.Building;

public class RegistryLinksTests
{
    private static RegistryLinks Of(string registry) => new(new Uri(registry), "http://127.0.0.1:8080/registry/1");

    [Theory]
    [InlineData("""{"tarball":"https://npm.example.com/path/a/-/a.tgz"}""", """{"tarball":"http://127.0.0.1:8080/registry/1/a/-/a.tgz"}""")]
    [InlineData("""{"tarball":"https:\/\/npm.example.com\/path\/a.tgz"}""", """{"tarball":"http://127.0.0.1:8080/registry/1/a.tgz"}""")]
    [InlineData("""{"url": "/path/a.whl"}""", """{"url": "/registry/1/a.whl"}""")]
    [InlineData("https://npm.example.com:443/path/a", "http://127.0.0.1:8080/registry/1/a")]
    [InlineData("https://npm.example.com/pathology/a", "https://npm.example.com/pathology/a")]
    [InlineData("https://npm.example.com.evil.test/path/a", "https://npm.example.com.evil.test/path/a")]
    [InlineData("https://npm-example.com/path/a", "https://npm-example.com/path/a")]
    public void Links_below_the_registry_lead_inside_and_all_others_stay(string page, string expected) =>
        Assert.Equal(expected, Of("https://npm.example.com/path").Rewrite(page));

    [Theory]
    [InlineData("<a href=\"/simple/a/\">", "<a href=\"/registry/1/simple/a/\">")]
    [InlineData("<a href=\"//cdn.example.com/a\">", "<a href=\"//cdn.example.com/a\">")]
    public void A_registry_at_the_top_of_its_host_owns_all_of_it_and_no_other_host(string page, string expected) =>
        Assert.Equal(expected, Of("https://pypi.example.com/").Rewrite(page));
}

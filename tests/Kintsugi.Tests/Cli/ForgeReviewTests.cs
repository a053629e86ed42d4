using Kintsugi.Cli;
using Kintsugi.Cli.Verbs;
using Kintsugi.Evaluation.Agents;
using Kintsugi.Forge;

namespace Kintsugi.Tests.Cli;

public class ForgeReviewTests
{
    private static readonly ReviewDefinition Review = new("github") { Token = "t0ken" };

    [Theory]
    [InlineData("https://github.com/acme/desk.git", "acme/desk")]
    [InlineData("https://github.com/acme/desk", "acme/desk")]
    [InlineData("github.com:acme/desk.git", "acme/desk")]
    [InlineData("ssh://github.com/acme/desk", "acme/desk")]
    [InlineData("https://gitlab.com/acme/agents/desk.git", "acme/agents/desk")]
    [InlineData("/srv/git/desk.git", null)]
    [InlineData("4be1f02c9d7a8833aa10b5cc9e01d2f3a4b5c6d7", null)]
    [InlineData("https://github.com/acme/desk?x=y", null)]
    public void The_repository_is_what_origin_names(string origin, string? repository) => Assert.Equal(repository, ForgeReview.RepositoryOf(origin));

    [Fact]
    public void A_job_of_Actions_knows_its_forge_and_repository()
    {
        var ci = new Dictionary<string, string> { ["GITHUB_ACTIONS"] = "true", ["GITHUB_API_URL"] = "https://ghe.example/api/v3", ["GITHUB_REPOSITORY"] = "acme/desk" };

        var settings = ForgeReview.Settings(Review, "none", name => ci.GetValueOrDefault(name))!;

        Assert.Equal(("https://ghe.example/api/v3/", "acme/desk", ForgeKind.GitHub), (settings.Api.ToString(), settings.Repository, settings.Kind));
    }

    [Theory]
    [InlineData("github", null, "github.com:Ann/agent.git", "github.com/ann/agent")]
    [InlineData("github", "ann/Agent", "file:///srv/mirror", "github.com/ann/agent")]
    [InlineData("gitlab", "acme/agents/desk", "", "gitlab.com/acme/agents/desk")]
    [InlineData("github", null, "", null)]
    [InlineData("local", null, "github.com:Ann/agent.git", null)]
    public void A_repository_under_review_has_one_name_wherever_it_was_cloned(string to, string? repository, string origin, string? name) =>
        Assert.Equal(name, ForgeReview.Name(new ReviewDefinition(to) { Repository = repository }, origin, _ => null));

    [Fact]
    public void A_job_calls_the_repository_as_every_other_clone_does()
    {
        var ci = new Dictionary<string, string> { ["GITHUB_ACTIONS"] = "true", ["GITHUB_API_URL"] = "https://api.github.com", ["GITHUB_REPOSITORY"] = "Ann/agent" };

        Assert.Equal(ForgeReview.Name(Review, "ssh://github.com/ann/agent", _ => null), ForgeReview.Name(Review, "/srv/checkout", name => ci.GetValueOrDefault(name)));
    }

    [Fact]
    public void What_kintsugi_yaml_says_wins() => Assert.Equal("acme/other", ForgeReview.Settings(Review with { Repository = "acme/other" }, "https://github.com/acme/desk", _ => null)!.Repository);

    [Fact]
    public void Local_reviews_have_no_forge() => Assert.Null(ForgeReview.Settings(new ReviewDefinition(), "https://github.com/acme/desk", _ => null));

    [Fact]
    public void What_is_missing_is_named()
    {
        Assert.Contains("GITHUB_TOKEN", Assert.Throws<UsageException>(() => ForgeReview.Settings(Review with { Token = null, Unset = ["GITHUB_TOKEN"] }, "https://github.com/a/b", _ => null)).Message, StringComparison.Ordinal);
        Assert.Contains("token:", Assert.Throws<UsageException>(() => ForgeReview.Settings(Review with { Token = null }, "https://github.com/a/b", _ => null)).Message, StringComparison.Ordinal);
        Assert.Contains("repo:", Assert.Throws<UsageException>(() => ForgeReview.Settings(Review, "none", _ => null)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Secrets_are_not_printed_with_what_holds_them()
    {
        var settings = ForgeReview.Settings(Review, "https://github.com/acme/desk", _ => null)!;

        Assert.DoesNotContain("t0ken", settings.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("t0ken", Review.ToString(), StringComparison.Ordinal);
    }
}

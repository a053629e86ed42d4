using Kintsugi.Cli.Verbs;

namespace Kintsugi.Tests.Cli.Verbs;

public class WatchVerbTests
{
    [Theory]
    [InlineData("acme/desk", "https://github.com/acme/desk.git")]
    [InlineData("https://git.example/acme/desk", "https://git.example/acme/desk")]
    public void A_repository_is_named_by_its_owner_or_its_address(string repository, string address) =>
        Assert.Equal(new Uri(address), WatchVerb.Address(repository));

    [Theory]
    [InlineData("https://ann:s3cret@git.example/acme/desk")]
    [InlineData("https://s3cret@git.example/acme/desk")]
    public void A_token_in_the_address_is_refused_before_git_keeps_it(string repository) =>
        Assert.Throws<UsageException>(() => WatchVerb.Address(repository));
}

using System.Text;
using Kintsugi.Forge;
using Kintsugi.Sandbox.Git;
using Kintsugi.Tests.Models;

namespace Kintsugi.Tests.Forge;

/// <summary>What is made of servers that are no forge, or say back what they were sent.</summary>
public class ForgeAnswersTests
{
    private const string Token = "t0ken-of-ours";

    [Theory]
    [InlineData(ForgeKind.GitHub, 200, "text/html", "<html>Log in</html>")]
    [InlineData(ForgeKind.GitHub, 404, "text/html; charset=utf-8", "<html>Page not found</html>")]
    [InlineData(ForgeKind.GitHub, 200, "application/json", "")]
    [InlineData(ForgeKind.GitLab, 200, "text/html", "<html>Log in</html>")]
    [InlineData(ForgeKind.GitLab, 200, "application/json", "")]
    public async Task A_page_for_people_or_nothing_at_all_is_no_answer_of_a_forge(ForgeKind kind, int status, string type, string body)
    {
        await using var server = await StubService.StartAsync(StubService.Raw(status, type, Encoding.UTF8.GetBytes(body)));

        var error = await RefusedAsync(server, kind);

        Assert.Contains("did not answer", error.Message, StringComparison.Ordinal);
        Assert.Contains("review.url", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("push it first", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(ForgeKind.GitHub, 401)]
    [InlineData(ForgeKind.GitHub, 403)]
    [InlineData(ForgeKind.GitLab, 403)]
    public async Task A_token_that_a_server_says_back_is_not_said_again(ForgeKind kind, int status)
    {
        var basic = Convert.ToBase64String(Encoding.UTF8.GetBytes($"x-access-token:{Token}"));
        await using var server = await StubService.StartAsync(context =>
            StubService.Json(status, $$"""{"message":"Bad header {{context.Request.Headers.Authorization}} or {{basic}}"}""")(context));

        var error = await RefusedAsync(server, kind);

        Assert.Contains("Bad header Bearer ***", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(Token, error.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain(basic, error.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(ForgeKind.GitHub)]
    [InlineData(ForgeKind.GitLab)]
    public async Task A_line_end_after_a_token_is_none_of_it(ForgeKind kind)
    {
        await using var server = await StubService.StartAsync(StubService.Json(401, """{"message":"no"}"""));

        await RefusedAsync(server, kind, Token + "\r\n");

        Assert.Equal($"Bearer {Token}", server.Requests[0].Authorization);
    }

    [Theory]
    [InlineData("two\nlines")]
    [InlineData("two words")]
    [InlineData("tök")]
    [InlineData(" ")]
    public void What_can_be_no_token_is_said_and_not_shown(string token)
    {
        foreach (var kind in (ForgeKind[])[ForgeKind.GitHub, ForgeKind.GitLab])
        {
            var error = Assert.Throws<ForgeException>(() => Forges.Open(Settings(new Uri("https://forge.example/"), kind, token), TimeProvider.System));

            Assert.Contains("token", error.Message, StringComparison.Ordinal);
            if (token != " ") Assert.DoesNotContain(token, error.Message, StringComparison.Ordinal);
        }
    }

    private static async Task<ForgeException> RefusedAsync(StubService server, ForgeKind kind, string token = Token)
    {
        using var forge = Forges.Open(Settings(server.Url, kind, token), new SkippingClock());
        var request = new BranchRequest("kintsugi/a/0123456789ab", new string('a', 40), new string('b', 40), "Mend", "", "0123456789abcdef", DateTimeOffset.UnixEpoch);
        return await Assert.ThrowsAsync<ForgeException>(() => forge.PutBranchAsync(request, [new TreeEdit("a", "100644", "x"u8.ToArray())], TestContext.Current.CancellationToken));
    }

    private static ForgeSettings Settings(Uri api, ForgeKind kind, string token) => new(kind, api, "ann/agent", new TokenCredentials(token));
}

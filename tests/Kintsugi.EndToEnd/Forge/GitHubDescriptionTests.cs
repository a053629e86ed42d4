using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Kintsugi.Forge;
using Kintsugi.Sandbox.Git;
using Kintsugi.Tests.Forge;
using Microsoft.AspNetCore.Http;

namespace Kintsugi.EndToEnd.Forge;

/// <summary>What we ask of GitHub is what GitHub says that it takes, and a GitHub that is not ours understands it.</summary>
public sealed class GitHubDescriptionTests
{
    private const string Branch = "kintsugi/scorer/0123456789ab";

    private static readonly DateTimeOffset At = new(2026, 3, 2, 9, 30, 0, TimeSpan.Zero);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Every_request_of_ours_is_one_that_GitHub_describes()
    {
        await using var github = await StrictGitHub.StartAsync(Cancel);
        github.Push("main", "ann", "Begin\n", ("agent/prompt.md", "broken\n"));
        using var key = RSA.Create(2048);
        github.AddApp(4711, key);
        github.Reviewers.UnionWith(["ann", "ann/prompts"]);
        github.Collaborators["ann"] = "admin";
        await using var nothing = await LoopbackService.StartAsync(_ => Task.CompletedTask);
        await using var prism = await GitHubPrograms.PrismAsync(new Uri(nothing.Urls.First()));
        var violations = new List<string>();
        using var client = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false });
        await using var judged = await LoopbackService.StartAsync(context => JudgeAsync(context, client, prism.Root, github.Root, violations));
        github.SeenAt = new Uri(judged.Urls.First() + "/");

        foreach (var credentials in (ForgeCredentials[])[new TokenCredentials(StrictGitHub.Token), new AppCredentials(4711, key.ExportPkcs8PrivateKeyPem(), null)])
        {
            using var forge = Forges.Open(new ForgeSettings(ForgeKind.GitHub, github.SeenAt, github.Repository, credentials), TimeProvider.System);
            await EverythingAsync(github, forge);
        }
        Assert.True(violations.Count == 0, string.Join("\n", violations.Distinct()));
        var asked = github.Requests.Select(request => $"{request.Method} {request.Path}").ToList();
        Assert.Contains(asked, request => request.StartsWith("PATCH ", StringComparison.Ordinal) && request.Contains("/check-runs/", StringComparison.Ordinal));
        Assert.Contains(asked, request => request.Contains("/statuses/", StringComparison.Ordinal));
        Assert.Contains(asked, request => request.EndsWith("/logs", StringComparison.Ordinal));

        // The judge is awake.
        using var wrong = await client.PostAsJsonAsync(new Uri(github.SeenAt, $"repos/{github.Repository}/pulls"), new { title = 1 }, Cancel);
        using var unknown = await client.GetAsync(new Uri(github.SeenAt, $"repos/{github.Repository}/git/ref/heads/main"), Cancel);
        Assert.Contains(violations, violation => violation.Contains("required property 'head'", StringComparison.Ordinal));
        Assert.Contains(violations, violation => violation.Contains("route not found", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_proposal_and_its_conversation_pass_through_a_GitHub_of_others(bool isApp)
    {
        using var key = RSA.Create(2048);
        var seed = Path.Combine(Path.GetTempPath(), $"kintsugi-emulate-{Guid.NewGuid():n}.yaml");
        await File.WriteAllTextAsync(seed, Seed(key), Cancel);
        await using var emulate = await GitHubPrograms.EmulateAsync(seed);
        ForgeCredentials credentials = isApp ? new AppCredentials(12345, key.ExportRSAPrivateKeyPem(), 100) : new TokenCredentials("dev_token");
        using var forge = Forges.Open(new ForgeSettings(ForgeKind.GitHub, emulate.Root, "octocat/agent", credentials), TimeProvider.System);
        var (request, changes) = await FixAsync(emulate.Root);

        var first = await forge.PutBranchAsync(request, changes, Cancel);
        var second = await forge.PutBranchAsync(request, changes, Cancel);
        var asked = Asked() with { Reviewers = ["reviewer1"] };
        var pull = await forge.PutPullRequestAsync(asked, Cancel);
        await forge.PutCommentAsync(pull.Number, "verdict:1", "Worse.", Cancel);
        await forge.PutCommentAsync(pull.Number, "verdict:1", "Better.", Cancel);
        await forge.PutCheckAsync(new CheckReport(first.Commit, "kintsugi / scorer", true, "Better", "9 of 10.", [new Annotation("prompt.md", 1, 1, "Here.")]), Cancel);
        var issue = new IssueRequest("0123456789abcdef", "Three attempts failed", "The packet.", ["kintsugi"], ["octocat"]);
        var opened = await forge.PutIssueAsync(issue, Cancel);

        Assert.Equal(first with { Adopted = true }, second);
        Assert.Equal(pull, await forge.PutPullRequestAsync(asked with { Rewrites = true, Body = "Told otherwise." }, Cancel));
        Assert.Equal(opened, await forge.PutIssueAsync(issue, Cancel));
        Assert.True(await forge.MayWriteAsync("octocat", Cancel));
        var view = (await forge.ReadAsync(Branch, Cancel))!;
        Assert.Equal((PullRequestState.Open, first.Commit), (view.State, view.Tip));
        Assert.Equal(isApp ? "healer[bot]" : "octocat", view.Author);
        Assert.Equal(("verdict:1", "Better.\n\n<!-- kintsugi:verdict:1 -->"), (Assert.Single(view.Remarks).Key, view.Remarks[0].Body));
        await forge.CloseAsync(pull.Number, Cancel);
        Assert.Equal(pull with { State = PullRequestState.Closed }, await forge.PutPullRequestAsync(asked, Cancel));
        File.Delete(seed);
    }

    /// <summary>Every path of the client: what is made, found, replaced, refused, and read.</summary>
    private static async Task EverythingAsync(StrictGitHub github, IRemoteForge forge)
    {
        var (request, changes) = Fix(github, "whole\n");
        var first = await forge.PutBranchAsync(request, changes, Cancel);
        await forge.PutBranchAsync(request, changes, Cancel);
        var (better, betterChanges) = Fix(github, "better\n");
        var second = await forge.PutBranchAsync(better with { After = first.Commit }, betterChanges, Cancel);
        var asked = Asked() with { Reviewers = ["ann", "nobody", "ann/prompts"] };
        var pull = await forge.PutPullRequestAsync(asked, Cancel);
        await forge.PutPullRequestAsync(asked with { Rewrites = true, Body = "Told otherwise." }, Cancel);
        github.HasDrafts = false;
        await forge.PutCommentAsync(pull.Number, "verdict:1", "Worse.", Cancel);
        await forge.PutCommentAsync(pull.Number, "verdict:1", "Better.", Cancel);
        await forge.PutCommentAsync(pull.Number, "answer:1", "Because.", Cancel);
        var check = new CheckReport(second.Commit, $"kintsugi / scorer {pull.Number}", null, "Unknown", "Nothing yet.", [], new Uri("https://example.org/run"));
        await forge.PutCheckAsync(check, Cancel);
        await forge.PutCheckAsync(check with { Passed = false, Annotations = [.. Enumerable.Range(1, 70).Select(line => new Annotation("agent/prompt.md", line, line, "Here."))] }, Cancel);
        github.LetsUsersCheck = false;
        await forge.PutCheckAsync(check with { Commit = first.Commit }, Cancel);
        github.LetsUsersCheck = true;
        await forge.PutIssueAsync(new IssueRequest($"0123456789abcd{pull.Number}", "Three attempts failed", "The packet.", ["kintsugi"], ["ann", "nobody"]), Cancel);
        github.EndJob(second.Commit, "build", passed: false, "error\n");
        github.SetStatus(second.Commit, "coverage", "failure", "41 %");
        github.Review(pull.Number, "ann", "CHANGES_REQUESTED", "Not yet.", ("agent/prompt.md", 1, "Say why."));
        await forge.ReadAsync(Branch, Cancel);
        await forge.MayWriteAsync("ann", Cancel);
        await forge.MayWriteAsync("stranger", Cancel);
        await forge.CloseAsync(pull.Number, Cancel);
        await forge.ReadAsync(Branch, Cancel);
        github.Do(() => github.Git.Branches.Remove(Branch));
        github.Forget();
    }

    /// <summary>Notes what the description says against a request, and sends it on.</summary>
    /// <remarks>Prism has an upstream of its own that answers nothing: with GitHub's answers, which it would hold against the description too, its header overflows.</remarks>
    private static async Task JudgeAsync(HttpContext context, HttpClient client, Uri prism, Uri github, List<string> violations)
    {
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body, context.RequestAborted);
        using var verdict = await SendAsync(context.Request, body.ToArray(), client, prism, context.RequestAborted);
        foreach (var violation in JsonNode.Parse(verdict.Headers.TryGetValues("sl-violations", out var said) ? string.Concat(said) : "[]")!.AsArray())
        {
            if ((string?)violation!["location"]![0] != "request") continue;
            lock (violations) violations.Add($"{context.Request.Method} {context.Request.Path}: {violation["message"]} {Encoding.UTF8.GetString(body.ToArray())}");
        }
        using var answer = await SendAsync(context.Request, body.ToArray(), client, github, context.RequestAborted);
        context.Response.StatusCode = (int)answer.StatusCode;
        foreach (var name in (string[])["Link", "Location"])
        {
            if (answer.Headers.TryGetValues(name, out var values)) context.Response.Headers[name] = values.First();
        }
        if (answer.Content.Headers.ContentType is not { } type) return;
        context.Response.ContentType = type.ToString();
        await context.Response.Body.WriteAsync(await answer.Content.ReadAsByteArrayAsync(context.RequestAborted), context.RequestAborted);
    }

    private static async Task<HttpResponseMessage> SendAsync(HttpRequest asked, byte[] body, HttpClient client, Uri root, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(new HttpMethod(asked.Method), new Uri(root, asked.Path.ToUriComponent() + asked.QueryString));
        if (asked.ContentType is { } type)
        {
            request.Content = new ByteArrayContent(body);
            request.Content.Headers.TryAddWithoutValidation("Content-Type", type);
        }
        foreach (var name in (string[])["Authorization", "User-Agent", "Accept"]) request.Headers.TryAddWithoutValidation(name, asked.Headers[name].ToString());
        return await client.SendAsync(request, cancellationToken);
    }

    private static PullRequestRequest Asked() => new(Branch, "main", "Mend the scorer", "What broke.", ["kintsugi"], [], Rewrites: false);

    private static (BranchRequest, IReadOnlyList<TreeEdit>) Fix(StrictGitHub github, string prompt)
    {
        var parent = github.Git.Branches["main"];
        var files = github.Git.Files(github.Git.Commit(parent).Tree);
        return Fix(parent, files.ToDictionary(), prompt, "agent/prompt.md");
    }

    /// <summary>A fix of what emulate begins with.</summary>
    private static async Task<(BranchRequest, IReadOnlyList<TreeEdit>)> FixAsync(Uri root)
    {
        using var client = new HttpClient { BaseAddress = new Uri(root, "repos/octocat/agent/git/") };
        client.DefaultRequestHeaders.Authorization = new("Bearer", "dev_token");
        async Task<JsonNode> Get(string path) => JsonNode.Parse(await client.GetStringAsync(path, Cancel))!;
        var parent = (string)(await Get("ref/heads/main"))["object"]!["sha"]!;
        var tree = await Get($"trees/{(await Get($"commits/{parent}"))["tree"]!["sha"]}");
        return Fix(parent, tree["tree"]!.AsArray().ToDictionary(file => (string)file!["path"]!, file => ((string)file!["mode"]!, (string)file["sha"]!)), "whole\n", "prompt.md");
    }

    private static (BranchRequest, IReadOnlyList<TreeEdit>) Fix(string parent, Dictionary<string, (string Mode, string Id)> files, string prompt, string path)
    {
        var git = new StrictGit();
        var content = Encoding.UTF8.GetBytes(prompt);
        files[path] = ("100644", git.Put("blob", content));
        return (new BranchRequest(Branch, git.PutTree(files), parent, "Mend the scorer", "It was broken.", "0123456789abcdef", At), [new TreeEdit(path, "100644", content)]);
    }

    private static string Seed(RSA key) => JsonSerializer.Serialize(new // JSON is YAML
    {
        tokens = new { dev_token = new { login = "octocat", scopes = (string[])["repo", "user"] } },
        github = new
        {
            users = new[] { new { login = "octocat", name = "Octocat", email = "octocat@example.test" }, new { login = "reviewer1", name = "Reviewer", email = "r1@example.test" } },
            repos = new[] { new { owner = "octocat", name = "agent", auto_init = true } },
            apps = new[]
            {
                new
                {
                    app_id = 12345,
                    slug = "healer",
                    name = "Healer",
                    private_key = key.ExportRSAPrivateKeyPem(),
                    permissions = new { contents = "write", pull_requests = "write", issues = "write", checks = "write" },
                    installations = new[] { new { installation_id = 100, account = "octocat", repository_selection = "all" } },
                },
            },
        },
    });
}

using System.Text;
using CsCheck;
using Kintsugi.Cli;
using Kintsugi.Cli.Verbs;

namespace Kintsugi.Tests.Cli;

public class CiEventsTests
{
    private const string Head = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
    private const string Ours = "kintsugi/scorer/0123456789ab";
    private const string Base = "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";

    [Theory]
    [InlineData("opened", "ann/agent", "feature", false)]
    [InlineData("synchronize", "Ann/Agent", "feature", false)]
    [InlineData("opened", "mallory/agent", "feature", true)]
    [InlineData("opened", "mallory/agent", "kintsugi/scorer/0123456789ab", true)]
    public void A_pull_request_proposes_its_head_and_is_a_forks_where_another_repository_has_it(string action, string repository, string branch, bool isFork) =>
        Assert.Equal(new VersionProposed(7, Head, Base, isFork), Read("pull_request", Pull(action, $$"""{"full_name":"{{repository}}"}""", branch)));

    [Fact]
    public void A_pull_request_whose_repository_is_gone_is_a_forks() =>
        Assert.Equal(new VersionProposed(7, Head, Base, IsFork: true), Read("pull_request", Pull("opened", "null", "feature")));

    [Theory]
    [InlineData("""{"full_name":"ann/agent"}""", "kintsugi/scorer/0123456789ab", typeof(ConversationMoved))]
    [InlineData("""{"full_name":"mallory/agent"}""", "kintsugi/scorer/0123456789ab", typeof(NothingToDo))]
    [InlineData("""{"full_name":"ann/agent"}""", "feature", typeof(NothingToDo))]
    public void That_one_of_ours_is_closed_moves_its_conversation(string repository, string branch, Type expected) =>
        Assert.IsType(expected, Read("pull_request", Pull("closed", repository, branch)));

    [Fact]
    public void A_strangers_version_never_runs_with_the_repositorys_keys() =>
        Assert.Contains("Use `on: pull_request`", Assert.Throws<UsageException>(() => Read("pull_request_target", Pull("opened", "null", "x"))).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("refs/heads/main", false, typeof(VersionInUse))]
    [InlineData("refs/heads/main", true, typeof(NothingToDo))]
    [InlineData("refs/heads/main2", false, typeof(NothingToDo))]
    [InlineData("refs/tags/main", false, typeof(NothingToDo))]
    public void Only_what_is_pushed_to_the_default_branch_is_in_use(string pushed, bool deleted, Type expected) =>
        Assert.IsType(expected, Read("push", $$$"""{"ref":"{{{pushed}}}","deleted":{{{(deleted ? "true" : "false")}}},"after":"{{{Head}}}","repository":{"default_branch":"main"}}"""));

    [Theory]
    [InlineData("success", typeof(VersionInUse))]
    [InlineData("failure", typeof(DeploymentFailed))]
    [InlineData("error", typeof(DeploymentFailed))]
    public void A_deployment_is_in_use_or_failed_where_it_is_of_the_default_branch(string state, Type expected)
    {
        var deployed = Assert.IsType<Deployed>(Read("deployment_status", Deployment(state, "https://ci.example/1")));

        Assert.Equal((Head, "release/2.0"), (deployed.Commit, deployed.Branch));
        Assert.IsType(expected, deployed.What);
    }

    [Fact]
    public void A_deployment_that_is_under_way_asks_for_nothing() =>
        Assert.IsType<NothingToDo>(Read("deployment_status", Deployment("in_progress", "")));

    [Theory]
    [InlineData("")]
    [InlineData("-x")]
    [InlineData("main..evil")]
    [InlineData("main~1")]
    [InlineData("main^{/evil}")]
    [InlineData("main@{1}")]
    [InlineData("../../heads/evil")]
    [InlineData("a/../b")]
    [InlineData("a//b")]
    [InlineData("a/.b")]
    [InlineData("a.lock")]
    [InlineData("a b")]
    [InlineData("a\\nb")]
    [InlineData("main/")]
    public void A_default_branch_that_none_can_be_called_is_refused(string branch) =>
        Assert.Contains("the default branch", Assert.Throws<UsageException>(() => Read("deployment_status", Deployment("success", "", branch))).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("main")]
    [InlineData("größe/1.x_#@")]
    public void What_git_lets_a_branch_be_called_is_taken(string branch) =>
        Assert.Equal(branch, Assert.IsType<Deployed>(Read("deployment_status", Deployment("success", "", branch))).Branch);

    [Fact]
    public void A_failed_deployments_log_is_an_address_or_nothing()
    {
        Assert.Equal(new Uri("https://ci.example/1"), Log("https://ci.example/1"));
        Assert.Null(Log("javascript:alert(1)"));

        static Uri? Log(string url) => Assert.IsType<DeploymentFailed>(Assert.IsType<Deployed>(Read("deployment_status", Deployment("failure", url))).What).Log;
    }

    [Theory]
    [InlineData("schedule", "", typeof(VersionInUse))]
    [InlineData("workflow_dispatch", "", typeof(VersionInUse))]
    [InlineData("schedule", "{}", typeof(VersionInUse))]
    [InlineData("repository_dispatch", """{"action":"model-changed"}""", typeof(VersionInUse))]
    [InlineData("repository_dispatch", """{"action":"kintsugi-review"}""", typeof(ConversationMoved))]
    [InlineData("fork", "{}", typeof(NothingToDo))]
    public void Other_events_ask_for_what_their_name_says(string name, string payload, Type expected) => Assert.IsType(expected, Read(name, payload));

    [Theory]
    [InlineData("created", "MEMBER", true)]
    [InlineData("created", "OWNER", true)]
    [InlineData("edited", "COLLABORATOR", true)]
    [InlineData("deleted", "MEMBER", false)]
    [InlineData("created", "CONTRIBUTOR", false)]
    [InlineData("created", "NONE", false)]
    [InlineData("created", "member", false)]
    public void Only_what_somebody_of_the_repository_says_moves_a_conversation(string action, string association, bool moves)
    {
        Assert.Equal(moves, Read("issue_comment", Comment(action, association, "{}")) is ConversationMoved);
        Assert.Equal(moves, Read("pull_request_review_comment", Reviewed("comment", action, association, "ann/agent", Ours)) is ConversationMoved);
        Assert.Equal(moves, Read("pull_request_review", Reviewed("review", action == "deleted" ? "dismissed" : action, association, "ann/agent", Ours)) is ConversationMoved);
    }

    [Fact]
    public void A_comment_under_an_issue_and_a_review_of_anybody_elses_pull_request_move_nothing()
    {
        Assert.IsType<NothingToDo>(Read("issue_comment", Comment("created", "OWNER", "null")));
        Assert.IsType<NothingToDo>(Read("issue_comment", """{"action":"created","issue":{},"comment":{"author_association":"OWNER"}}"""));
        Assert.IsType<NothingToDo>(Read("pull_request_review", Reviewed("review", "submitted", "OWNER", "ann/agent", "feature")));
        Assert.IsType<NothingToDo>(Read("pull_request_review", Reviewed("review", "submitted", "OWNER", "mallory/agent", Ours)));
        Assert.IsType<NothingToDo>(Read("pull_request_review", "{}"));
    }

    [Theory]
    [InlineData(null, true)]
    [InlineData("refs/heads/main", true)]
    [InlineData("refs/heads/main2", false)]
    [InlineData("refs/pull/7/merge", false)]
    [InlineData("", false)]
    public void Only_a_job_of_the_default_branch_goes_on_with_conversations(string? reference, bool converses)
    {
        Assert.Equal(converses, Read("pull_request_review", Reviewed("review", "submitted", "OWNER", "ann/agent", Ours), reference) is ConversationMoved);
        Assert.Equal(converses, Assert.IsType<VersionInUse>(Read("workflow_dispatch", """{"repository":{"default_branch":"main"}}""", reference)).Converses);
        Assert.Equal(converses, Assert.IsType<VersionInUse>(Assert.IsType<Deployed>(Read("deployment_status", Deployment("success", "", "main"), reference)).What).Converses);
    }

    [Theory]
    [InlineData("push", "[]")]
    [InlineData("pull_request", "{}")]
    [InlineData("pull_request", "{\"pull_request\":{\"number\":7,\"head\":{\"sha\":\"--upload-pack=touch /tmp/x\"}}}")]
    [InlineData("deployment_status", "{\"deployment\":{\"sha\":\"0000000000000000000000000000000000000000\"},\"deployment_status\":{\"state\":\"success\"}}")]
    [InlineData("pull_request", "nonsense")]
    public void What_github_does_not_send_is_refused_or_asks_for_nothing(string name, string payload)
    {
        try
        {
            Assert.IsType<NothingToDo>(Read(name, payload));
        }
        catch (UsageException e)
        {
            Assert.DoesNotContain("upload-pack", e.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void No_payload_breaks_the_reader() => Gen.Select(Gen.Int[0, 3], Gen.Int[0, 400], Gen.Char).Sample((which, at, other) =>
    {
        var name = new[] { "pull_request", "push", "deployment_status", "issue_comment" }[which];
        var whole = name switch { "push" => $$$"""{"ref":"refs/heads/main","after":"{{{Head}}}","repository":{"default_branch":"main"}}""", "deployment_status" => Deployment("failure", "https://ci.example/1"), _ => Pull("opened", """{"full_name":"ann/agent"}""", "x") };
        var broken = whole.ToCharArray();
        broken[at % broken.Length] = other;
        try
        {
            return Read(name, new string(broken)) is not null;
        }
        catch (UsageException)
        {
            return true;
        }
    });

    private static CiEvent Read(string name, string payload, string? reference = null) => CiEvents.Read(name, Encoding.UTF8.GetBytes(payload), reference);

    private static string Pull(string action, string repository, string branch) =>
        $$$$"""{"action":"{{{{action}}}}","pull_request":{"number":7,"head":{"ref":"{{{{branch}}}}","sha":"{{{{Head}}}}","repo":{{{{repository}}}}},"base":{"ref":"main","sha":"{{{{Base}}}}","repo":{"full_name":"ann/agent"} } } }""";

    private static string Comment(string action, string association, string pull) =>
        $$$"""{"action":"{{{action}}}","issue":{"number":7,"pull_request":{{{pull}}}},"comment":{"author_association":"{{{association}}}"},"repository":{"default_branch":"main"}}""";

    private static string Reviewed(string what, string action, string association, string repository, string branch) =>
        $$$$"""{"action":"{{{{action}}}}","{{{{what}}}}":{"author_association":"{{{{association}}}}"},"pull_request":{"number":7,"head":{"ref":"{{{{branch}}}}","repo":{"full_name":"{{{{repository}}}}"}},"base":{"repo":{"full_name":"ann/agent"}}},"repository":{"default_branch":"main"}}""";

    private static string Deployment(string state, string log, string branch = "release/2.0") =>
        $$$"""{"deployment":{"sha":"{{{Head}}}","environment":"production"},"deployment_status":{"state":"{{{state}}}","description":"exit 1","log_url":"{{{log}}}"},"repository":{"default_branch":"{{{branch}}}"}}""";
}

using System.Text;
using CsCheck;
using Kintsugi.Cli;
using Kintsugi.Cli.Verbs;

namespace Kintsugi.Tests.Cli;

public class CiEventsTests
{
    private const string Head = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
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
    [InlineData("in_progress", typeof(NothingToDo))]
    public void A_deployment_is_in_use_or_failed(string state, Type expected) =>
        Assert.IsType(expected, Read("deployment_status", Deployment(state, "https://ci.example/1")));

    [Fact]
    public void A_failed_deployments_log_is_an_address_or_nothing()
    {
        Assert.Equal(new Uri("https://ci.example/1"), Assert.IsType<DeploymentFailed>(Read("deployment_status", Deployment("failure", "https://ci.example/1"))).Log);
        Assert.Null(Assert.IsType<DeploymentFailed>(Read("deployment_status", Deployment("failure", "javascript:alert(1)"))).Log);
    }

    [Theory]
    [InlineData("schedule", typeof(VersionInUse))]
    [InlineData("workflow_dispatch", typeof(VersionInUse))]
    [InlineData("issue_comment", typeof(ConversationMoved))]
    [InlineData("fork", typeof(NothingToDo))]
    public void Other_events_ask_for_what_their_name_says(string name, Type expected) => Assert.IsType(expected, Read(name, "{}"));

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

    private static CiEvent Read(string name, string payload) => CiEvents.Read(name, Encoding.UTF8.GetBytes(payload));

    private static string Pull(string action, string repository, string branch) =>
        $$$$"""{"action":"{{{{action}}}}","pull_request":{"number":7,"head":{"ref":"{{{{branch}}}}","sha":"{{{{Head}}}}","repo":{{{{repository}}}}},"base":{"ref":"main","sha":"{{{{Base}}}}","repo":{"full_name":"ann/agent"} } } }""";

    private static string Deployment(string state, string log) =>
        $$$"""{"deployment":{"sha":"{{{Head}}}","environment":"production"},"deployment_status":{"state":"{{{state}}}","description":"exit 1","log_url":"{{{log}}}"}}""";
}

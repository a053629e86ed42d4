using Kintsugi.Evaluation;
using Kintsugi.Evaluation.Agents;

namespace Kintsugi.Tests.Evaluation.Agents;

public class AgentFileNotifyTests
{
    private const string Least = """
        agent: { name: a, run: python3 agent.py }
        dataset: golden/leads.jsonl
        scorers: [ exact: { path: $.tier } ]

        """;

    private const string Whole = """
        notify:
          slack: ${HOOK}
          email: { smtp: "smtp://mail.example.com:587", user: kintsugi, password: ${MAIL_KEY}, from: kintsugi@example.com, to: [team@example.com] }
          on: [proposed, escalated]
        """;

    [Fact]
    public void Who_is_told_of_what_is_read_and_its_secrets_are_printed_nowhere()
    {
        var agent = Load(Whole, name => name == "HOOK" ? "https://hooks.example.com/T0-s3cret" : "pa55");

        Assert.Equal([NotableState.Proposed, NotableState.Escalated], agent.Notify!.On.Order());
        Assert.Equal("/T0-s3cret", agent.Notify.Slack!.AbsolutePath);
        Assert.Equal(("kintsugi", "pa55", 587), (agent.Notify.Email!.User, agent.Notify.Email.Password, agent.Notify.Email.Smtp.Port));
        Assert.DoesNotContain("s3cret", $"{agent.Notify}{agent}", StringComparison.Ordinal);
        Assert.DoesNotContain("pa55", $"{agent.Notify.Email}{agent}", StringComparison.Ordinal);
        Assert.Empty(agent.Warnings);
    }

    [Fact]
    public void A_secret_that_is_not_set_on_this_machine_is_no_error()
    {
        var notify = Load(Whole, _ => null).Notify!;

        Assert.Equal((null, null), (notify.Slack, notify.Email));
        Assert.Equal(["notify.slack: the environment variable HOOK is not set", "notify.email.password: the environment variable MAIL_KEY is not set"], notify.Unusable);
    }

    [Fact]
    public void A_variable_that_holds_no_address_is_named_and_not_shown() =>
        Assert.Equal("notify.slack: HOOK holds no address that begins with https://", Assert.Single(Load("notify: { slack: ${HOOK} }", _ => "not-used").Notify!.Unusable));

    [Fact]
    public void A_secret_in_the_file_is_warned_of() =>
        Assert.Contains("'notify.slack' stands in the file", Assert.Single(Load("notify: { slack: 'https://hooks.example.com/x' }", _ => null).Warnings), StringComparison.Ordinal);

    [Theory]
    [InlineData("notify: { slack: hooks }", "no address")]
    [InlineData("notify: { email: { smtp: mail.example.com, from: a@b.c, to: a@b.c } }", "notify.email.smtp")]
    [InlineData("notify: { email: { smtp: 'smtp://m', from: a@b.c, to: 'a@b.c, x@y.z' } }", "notify.email.to")]
    [InlineData("notify: { on: [merged] }", "notify.on")]
    public void What_cannot_be_used_is_refused(string notify, string names) =>
        Assert.Contains(names, Assert.Throws<BadFileException>(() => Load(notify, _ => null)).Message, StringComparison.Ordinal);

    private static AgentDefinition Load(string notify, Func<string, string?> environment) => AgentFile.Load(Least + notify, AgentFile.FileName, environment);
}

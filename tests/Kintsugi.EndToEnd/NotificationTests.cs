using System.Text.Json;
using Kintsugi.EndToEnd.Protocols;

namespace Kintsugi.EndToEnd;

public class NotificationTests
{
    [Fact]
    public async Task A_regression_that_heal_confirms_is_told_at_once_and_with_a_channel_that_is_gone_heal_ends_the_same()
    {
        List<string> told = [];
        await using var slack = await LoopbackService.StartAsync(async context =>
        {
            using var reader = new StreamReader(context.Request.Body);
            var body = JsonDocument.Parse(await reader.ReadToEndAsync(context.RequestAborted));
            lock (told) told.Add(body.RootElement.GetProperty("text").GetString()!);
        });
        using var agent = await AgentRepository.WithAsync(
            ("kintsugi.yaml", SmallAgents.Settings("{ name: scorer, protocol: prompt, prompt: prompts/score.md, model: sim-large, response: json }") + "notify: { slack: ${HOOK} }\n"),
            ("golden/leads.jsonl", SmallAgents.Gold()), ("prompts/score.md", SmallAgents.Prompt));
        await agent.CommitAsync("Score leads");
        await agent.KintsugiAsync(0, "bless");
        await agent.CommitAsync("Bless");
        agent.Edit("prompts/score.md", "- Add 30 points when `employees` is at least 1000.\n", "");
        await agent.CommitAsync("Simplify");

        var unset = await agent.KintsugiAsync(0, "heal", "--until", "detect");
        var set = await agent.KintsugiAsync(0, new Dictionary<string, string> { ["HOOK"] = slack.Urls.Single() + "/hook" }, "heal", "--until", "detect");
        var again = await agent.KintsugiAsync(0, new Dictionary<string, string> { ["HOOK"] = slack.Urls.Single() + "/hook" }, "heal");

        Assert.Contains("warning: scorer: a version is worse than the blessed one: nobody is told by notify.slack: the environment variable HOOK is not set", unset.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("warning", set.Error + again.Error, StringComparison.Ordinal);
        Assert.Equal(["scorer: a version is worse than the blessed one", "scorer: a fix waits for review"], told.Select(t => t.Split('\n')[0]));
        Assert.Contains("Simplify", told[0], StringComparison.Ordinal);
    }
}

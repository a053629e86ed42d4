using System.Collections.Immutable;
using Kintsugi.Cli.Demo;
using Kintsugi.Models.Providers.Simulated;

namespace Kintsugi.Tests.Cli.Demo;

public class DemoHistoriesTests
{
    private const int Seed = 11;

    public static TheoryData<string> Names => [.. DemoScenarios.All.Select(s => s.Name)];

    public static TheoryData<string> Broken => [.. DemoScenarios.All.Where(s => s.Culprit.Count > 0).Select(s => s.Name)];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private static readonly SimulatedWeather Exact = SimulatedWeather.Calm with { Noise = 0 };

    [Fact]
    public void There_are_thirteen() => Assert.Equal(13, DemoScenarios.All.Select(s => s.Name).Distinct().Count());

    [Theory]
    [MemberData(nameof(Names))]
    public void Every_history_applies_whatever_the_seed_and_hides_the_damage_among_others(string name)
    {
        var scenario = DemoScenarios.Find(name);
        for (var seed = 0; seed < 50; seed++)
        {
            var history = DemoHistories.Build(scenario, seed);

            Assert.InRange(history.Commits.Count, 9, 11);
            Assert.InRange(InnocentEdits.ByName.Values.Count(e => IsIn(history.Head, e)), 12, 40);
            Assert.All(history.Commits.Zip(history.Commits.Skip(1)), pair => Assert.True(pair.First.At < pair.Second.At));
            foreach (var culprit in scenario.Culprit)
            {
                Assert.Contains(culprit.Removed, history.Base.Files[culprit.File].Text, StringComparison.Ordinal);
                Assert.Contains(culprit.Added, history.Head.Files[culprit.File].Text, StringComparison.Ordinal);
            }
        }
    }

    [Fact]
    public void Equal_seeds_give_equal_histories_and_others_others()
    {
        var scenario = DemoScenarios.Find("prompt");
        static string Shape(DemoHistory h) => string.Join('\n', h.Commits.Select(c => $"{c.At:O} {c.Author} {c.Message}"));

        Assert.Equal(Shape(DemoHistories.Build(scenario, 1)), Shape(DemoHistories.Build(scenario, 1)));
        Assert.NotEqual(Shape(DemoHistories.Build(scenario, 1)), Shape(DemoHistories.Build(scenario, 2)));
    }

    [Fact]
    public async Task The_sample_agent_passes_all_its_leads_when_the_model_does_not_err()
    {
        var (failed, total) = await SampleAgentRuns.FailuresAsync(DemoHistories.SampleAgent, Exact, Token);

        Assert.InRange(total, 90, 120);
        Assert.Empty(failed);
    }

    [Fact]
    public async Task In_calm_weather_the_sample_agent_stays_above_its_floor()
    {
        var (failed, total) = await SampleAgentRuns.FailuresAsync(DemoHistories.SampleAgent, SimulatedWeather.Calm with { Seed = 3 }, Token);

        Assert.InRange(failed.Count, 0, total * 3 / 100);
    }

    [Fact]
    public async Task All_innocent_edits_together_do_no_harm()
    {
        var files = InnocentEdits.ByName.Values.Aggregate(DemoHistories.SampleAgent, (all, edit) => edit.Apply(all));

        Assert.Empty((await SampleAgentRuns.FailuresAsync(files, Exact, Token)).Failed);
        Assert.Equal(0, (await SampleAgentRuns.TestAsync(files, Token)).ExitCode);
    }

    [Theory]
    [MemberData(nameof(Broken))]
    public async Task Head_is_clearly_broken_and_head_without_the_culprit_is_good(string name)
    {
        var scenario = DemoScenarios.Find(name);
        var head = DemoHistories.Build(scenario, Seed).Head.Files;

        var (failed, total) = await SampleAgentRuns.FailuresAsync(head, Exact, Token);
        Assert.InRange(failed.Count, total * 15 / 100, total);

        var mended = scenario.Culprit.Aggregate(head, Undo);
        Assert.Empty((await SampleAgentRuns.FailuresAsync(mended, Exact, Token)).Failed);
    }

    [Theory]
    [InlineData("either", false)]
    [InlineData("both", true)]
    public async Task Taking_back_one_of_two_hunks_mends_only_where_both_are_needed(string name, bool mends)
    {
        var scenario = DemoScenarios.Find(name);
        var head = DemoHistories.Build(scenario, Seed).Head.Files;
        var samples = new List<HashSet<string>>();
        foreach (var culprit in scenario.Culprit) samples.Add((await SampleAgentRuns.FailuresAsync(Undo(head, culprit), Exact, Token)).Failed);

        Assert.All(samples, failed => Assert.Equal(mends, failed.Count == 0));
        Assert.Equal(samples[0], samples[1]);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public async Task The_agents_own_tests_notice_nothing(string name)
    {
        var (exit, output) = await SampleAgentRuns.TestAsync(DemoHistories.Build(DemoScenarios.Find(name), Seed).Head.Files, Token);

        Assert.True(exit == 0, output);
    }

    [Fact]
    public async Task The_agents_own_tests_pass_at_the_base() =>
        Assert.Equal(0, (await SampleAgentRuns.TestAsync(DemoHistories.SampleAgent, Token)).ExitCode);

    [Fact]
    public async Task Drift_breaks_the_unchanged_agent()
    {
        var heal = DemoScenarios.Find("drift").Heal with { Noise = 0 };

        var (failed, total) = await SampleAgentRuns.FailuresAsync(DemoHistories.SampleAgent, heal, Token);

        Assert.InRange(failed.Count, total * 15 / 100, total);
    }

    [Fact]
    public async Task Malformed_leads_fail_at_the_good_version_too_and_nothing_else_does()
    {
        var head = DemoHistories.Build(DemoScenarios.Find("bad-input"), Seed).Head.Files;
        var good = DemoHistories.SampleAgent.SetItem("golden/leads.jsonl", head["golden/leads.jsonl"]);

        var atHead = await SampleAgentRuns.FailuresAsync(head, Exact, Token);
        var atBase = await SampleAgentRuns.FailuresAsync(good, Exact, Token);

        Assert.Equal(atBase.Failed, atHead.Failed);
        Assert.InRange(atHead.Failed.Count, atHead.Total * 15 / 100, atHead.Total);
        Assert.All(atHead.Failed, id => Assert.StartsWith("portal-", id, StringComparison.Ordinal));
    }

    private static ImmutableSortedDictionary<string, DemoFile> Undo(ImmutableSortedDictionary<string, DemoFile> files, DemoHunk hunk)
    {
        if (hunk.Added.Length > 0) return new ReplaceLines(hunk.File, hunk.Added, hunk.Removed).Apply(files);
        const string after = "Who is asking:\n\n"; // a lost line leaves nothing to find: it goes back to the head of its list
        return new ReplaceLines(hunk.File, after, after + hunk.Removed).Apply(files);
    }

    private static bool IsIn(DemoCommit commit, DemoEdit edit) => commit.Files[edit.Path].Text.Contains(
        edit switch { ReplaceLines replaced => replaced.New, AppendLines appended => appended.Added, _ => throw new InvalidOperationException() },
        StringComparison.Ordinal);
}

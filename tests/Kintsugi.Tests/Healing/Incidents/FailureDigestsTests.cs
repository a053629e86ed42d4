using System.Text.Json;
using Kintsugi.Evaluation.Agents;
using Kintsugi.Evaluation.Detection;
using Kintsugi.Evaluation.Running;
using Kintsugi.Evaluation.Scorers;
using Kintsugi.Healing.Incidents;
using Kintsugi.Healing.Repair;
using Kintsugi.Healing.Review;
using Kintsugi.Healing.Triage;
using Kintsugi.Models;
using Kintsugi.Storage;
using Kintsugi.Tracing;
using Microsoft.Data.Sqlite;

namespace Kintsugi.Tests.Healing.Incidents;

public sealed class FailureDigestsTests : IDisposable
{
    private const string Head = "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";

    private static readonly DateTimeOffset Noon = new(2026, 3, 2, 12, 0, 0, TimeSpan.Zero);

    private readonly string _path = Directory.CreateTempSubdirectory("kintsugi-digest-").FullName;
    private readonly SetClock _clock = new(Noon);
    private readonly ResultStore _store;

    public FailureDigestsTests() => _store = new ResultStore(Database.Open(Path.Combine(_path, "kintsugi.db")), _clock);

    public void Dispose()
    {
        SqliteConnection.ClearAllPools();
        Directory.Delete(_path, recursive: true);
    }

    [Fact]
    public async Task Visible_failures_are_told_by_what_they_say_and_held_out_ones_are_counted()
    {
        await StoreAsync(Head, Refused("a", "tier is 'cold', expected 'hot'"), Refused("b", "tier is 'warm', expected 'hot'"), Raised("c", "KeyError: 'employees'"), Refused("secret", "never to be read"));

        var digest = FailureDigests.Of(Confirmed(Worse("a"), Worse("b"), Worse("c"), Worse("secret", heldOut: true), Good("d", heldOut: true)), _store)!;

        Assert.Equal(3, digest.Failing);
        Assert.Equal(["a,b", "c"], digest.Clusters.Select(c => string.Join(',', c.Ids)));
        Assert.Equal("tier is <s> expected <s>", digest.Clusters[0].Signature);
        Assert.Equal("exited keyerror <s>", digest.Clusters[1].Signature);
        Assert.Equal((1, 2), (digest.HeldOutFailing, digest.HeldOut));
        Assert.DoesNotContain("never", JsonSerializer.Serialize(digest), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_sample_that_failed_on_the_baseline_too_is_not_the_regressions()
    {
        await StoreAsync(Head, Refused("a", "wrong tier"), Refused("old", "wrong owner"));

        var digest = FailureDigests.Of(Confirmed(Worse("a"), new SampleRecord("old", false, "00000", "0")), _store)!;

        Assert.Equal(["a"], Assert.Single(digest.Clusters).Ids);
    }

    [Fact]
    public async Task Of_a_traceback_its_last_line_counts()
    {
        const string Trace = "The agent exited with code 1. Standard error ends: Traceback (most recent call last):\n  File \"agent.py\", line {0}, in main\nKeyError: 'employees'";
        await StoreAsync(Head, Raised("a", Trace.Replace("{0}", "41", StringComparison.Ordinal)), Raised("b", Trace.Replace("{0}", "7", StringComparison.Ordinal)));

        var digest = FailureDigests.Of(Confirmed(Worse("a"), Worse("b")), _store)!;

        Assert.Equal("keyerror <s>", Assert.Single(digest.Clusters).Signature);
    }

    [Fact]
    public async Task The_runs_of_the_look_are_told_not_those_of_another_version_or_a_later_day()
    {
        await StoreAsync("cccccccccccccccccccccccccccccccccccccccc", Refused("a", "of another version"));
        await StoreAsync(Head, Refused("a", "of the look"));
        _clock.Now = Noon.AddDays(1);
        await StoreAsync(Head, Refused("a", "of a later day"));

        Assert.Equal("of the look", FailureDigests.Of(Confirmed(Worse("a")), _store)!.Clusters.Single().Signature);
    }

    [Fact]
    public async Task Without_a_confirmed_regression_or_its_runs_nothing_is_told()
    {
        Assert.Null(FailureDigests.Of(Confirmed(Worse("a")), _store));
        await StoreAsync(Head, Refused("a", "wrong"));
        Assert.Null(FailureDigests.Of(Fold(Look(null, Worse("a"))), _store));
        Assert.NotNull(FailureDigests.Of(Confirmed(Worse("a")), _store));
    }

    [Fact]
    public async Task The_steps_of_the_failure_shown_first_are_ranked_and_numbered_as_they_are_shown()
    {
        var steps = new Kintsugi.Tracing.Step[] { Asked("tool_calls"), Tool("lookup", "unable to find it; assume a placeholder"), Asked("stop"), Tool("note", "done") };
        var shown = Refused("a", "wrong") with { Trajectory = new Trajectory(steps, "", []) };
        await StoreAsync(Head, shown, Refused("b", "wrong"));

        var digest = FailureDigests.Of(Confirmed(Trace(shown), Worse("a"), Worse("b")), _store)!;

        Assert.InRange(digest.Suspects.Count, 1, 3);
        Assert.Equal(2, digest.Suspects[0].Step);
        Assert.StartsWith("tool lookup", digest.Suspects[0].What, StringComparison.Ordinal);
        Assert.All(digest.Suspects, s => Assert.InRange(s.Probability, 1.0 / steps.Length, 1));
        Assert.Equal(digest.Suspects.OrderByDescending(s => s.Probability), digest.Suspects);
    }

    [Fact]
    public async Task One_step_alone_is_not_told_apart()
    {
        var shown = Refused("a", "wrong") with { Trajectory = new Trajectory([Asked("stop")], "", []) };
        await StoreAsync(Head, shown);

        Assert.Empty(FailureDigests.Of(Confirmed(Trace(shown), Worse("a")), _store)!.Suspects);
    }

    [Fact]
    public async Task The_end_of_standard_error_can_be_the_suspect()
    {
        var shown = Raised("a", "it ended") with { Trajectory = new Trajectory([Asked("stop")], new string('x', 5_000) + "\nunable to go on, could not verify: assume 1 2 3 4 5", []) };
        await StoreAsync(Head, shown);

        var suspect = FailureDigests.Of(Confirmed(Trace(shown), Worse("a")), _store)!.Suspects[0];

        Assert.Null(suspect.Step);
        Assert.StartsWith("terminal: ", suspect.What, StringComparison.Ordinal);
    }

    private static SampleRecord Worse(string id, bool heldOut = false) => new(id, heldOut, "11111", "0");

    private static SampleRecord Good(string id, bool heldOut) => new(id, heldOut, "11111", "1");

    private static SampleResult Refused(string id, string reason) =>
        new(id, 1, Outcome.Failed, null, null, null, [new Score("exact", 0, false, reason), new Score("number", 1, true, "near enough")], TimeSpan.Zero, RunCost.None, Trajectory.Empty);

    private static SampleResult Raised(string id, string message) => Refused(id, "") with { Error = new AgentError("exited", message), Scores = [] };

    private static ModelCall Asked(string reason) => new("p", "big-model", null, 200, false, TimeSpan.Zero, 10, 5, null, reason, null);

    private static ToolCall Tool(string name, string result) => new(name, JsonDocument.Parse("{}").RootElement, result);

    private static FailureTrace Trace(SampleResult shown) => new(shown.SampleId, "{}", null, null, null, null, [], [.. FailureTraces.Lines(shown.Trajectory)]);

    private static IncidentState Confirmed(params SampleRecord[] records) => Confirmed(null, records);

    private static IncidentState Confirmed(FailureTrace? trace, params SampleRecord[] records) =>
        Fold(Look(trace, records), new PairsRun(true, false, false, "", [], RunCost.None, TimeSpan.Zero));

    private static Looked Look(FailureTrace? trace, params SampleRecord[] records)
    {
        var rate = new Rate(1, 2, 0, 1);
        return new Looked(0, false, 0, new VerdictView(VerdictKind.Regressed, "", "", rate, rate, records.Length, 1, 0), records, null, trace, RunCost.None, TimeSpan.Zero);
    }

    private static IncidentState Fold(params IncidentEvent[] events)
    {
        var commit = new CommitView(Head, "Ada", Noon, "Change it");
        IncidentEvent[] all = [new Opened("agent", "", "", "", commit, commit, null, "", "", "", 1), .. events];
        return IncidentState.Fold("i", [.. all.Select((e, i) => new LoggedEvent(i + 1, Noon.AddSeconds(i), e))]);
    }

    private async Task StoreAsync(string commit, params SampleResult[] results)
    {
        var id = Guid.NewGuid().ToString();
        var agent = new AgentDefinition { Name = "agent", Protocol = AgentProtocol.Jsonl, Datasets = [], Scorers = [] };
        await using (var writer = _store.Begin(id, new EvalRequest(agent, new LaidOutVersion(commit, commit, [], "/", "", false), [], Recall.Fresh, "detect")))
        {
            foreach (var result in results) await writer.AddAsync(result, TestContext.Current.CancellationToken);
            await writer.CompleteAsync();
        }
        _store.End(id);
    }

    private sealed class SetClock(DateTimeOffset now) : TimeProvider
    {
        public DateTimeOffset Now { get; set; } = now;

        public override DateTimeOffset GetUtcNow() => Now;
    }
}

using System.Diagnostics;
using Kintsugi.Evaluation.Agents;
using Kintsugi.Evaluation.Alarms;
using Kintsugi.Evaluation.Running;
using Kintsugi.Healing.Incidents;
using Kintsugi.Healing.Review;
using Kintsugi.Healing.Triage;

namespace Kintsugi.Tests.Healing.Incidents;

public sealed class IncidentDriverTests : IDisposable
{
    private static readonly CommitView Commit = new("0123456789abcdef", "a", DateTimeOffset.UnixEpoch, "s");
    private static readonly AgentDefinition Agent = new() { Name = "agent", Protocol = AgentProtocol.Jsonl, Datasets = [], Scorers = [] };

    private readonly LogFolder _folder = new();
    private readonly IncidentLog _log;

    public IncidentDriverTests() => _log = _folder.Log;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_spent_budget_closes_the_incident_with_what_the_unfinished_step_has_cost()
    {
        var cost = new RunCost(3, 6, 6, 900, 0.51m);

        var state = await DriveAsync((_, _) => throw new BudgetSpentException("The budget models.budget.usd of 0.50 USD per incident does not reach. Raise models.budget.usd.", cost, TimeSpan.FromSeconds(2)));

        Assert.Equal(IncidentOutcome.Budget, state.Outcome);
        Assert.Contains("models.budget.usd", state.Closed!.Reason, StringComparison.Ordinal);
        Assert.Equal(cost, IncidentState.Fold(state.Incident, _log.Read(state.Incident)).Cost);
    }

    [Fact]
    public async Task What_is_no_outcome_leaves_the_incident_open()
    {
        await Assert.ThrowsAsync<WorldFailedException>(() => DriveAsync((_, _) => throw new WorldFailedException(9, 9, ["down (9)"], "Run again.")));

        Assert.Null(Assert.Single(_log.List()).Outcome);
    }

    [Fact]
    public async Task An_alarm_that_arrives_during_a_step_takes_nothing_from_it()
    {
        var alarm = new Alarmed(new AlarmView("desk", "1.1", null, DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch, AlarmRule.Rate, 0.001, [new AlarmedError("aa", "KeyError", 9, 10, 0, 10, [])], 0));

        var state = await DriveAsync((_, s) =>
        {
            _log.Append(s.Incident, s.Version + 1, alarm);
            return new Closed(IncidentOutcome.LeftAlone, "done");
        });

        Assert.Equal(IncidentOutcome.LeftAlone, state.Outcome);
        Assert.Single(state.Alarms);
        Assert.Equal(3, _log.Read(state.Incident).Count);
    }

    [Fact]
    public async Task A_step_that_another_owner_did_meanwhile_is_not_done_twice() => await Assert.ThrowsAsync<IncidentMovedException>(() => DriveAsync((_, s) =>
    {
        _log.Append(s.Incident, s.Version + 1, new WorldFailed(0, ["down (1)"], 1, 1, RunCost.None, TimeSpan.Zero));
        return new Closed(IncidentOutcome.LeftAlone, "done");
    }));

    [Fact]
    public async Task A_step_is_a_span_that_says_what_came_of_it()
    {
        var ended = new System.Collections.Concurrent.ConcurrentQueue<Activity>();
        using var root = new Activity("test").Start(); // other tests drive incidents of their own meanwhile
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == IncidentSpan.SourceName,
            Sample = static (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
            ActivityStopped = ended.Enqueue,
        };
        ActivitySource.AddActivityListener(listener);

        await DriveAsync((_, _) => new Closed(IncidentOutcome.LeftAlone, "the secret reason"));

        var spans = ended.Where(s => s.TraceId == root.TraceId).ToList();
        Assert.Equal(["heal evaluate", "heal"], spans.Select(s => s.DisplayName));
        Assert.Equal(("closed", "left_alone"), (spans[0].GetTagItem("kintsugi.event"), spans[0].GetTagItem("kintsugi.outcome")));
        Assert.Equal(spans[1].SpanId, spans[0].ParentSpanId);
        Assert.DoesNotContain(spans, s => s.TagObjects.Any(t => $"{t.Value}".Contains("secret", StringComparison.Ordinal)));
    }

    private async Task<IncidentState> DriveAsync(Func<Step, IncidentState, IncidentEvent> does)
    {
        var (incident, _) = _log.Open("f00d", new Opened("agent", "", "/repo", "origin", Commit, Commit, "main", "", "", "tier B", 1));
        var driver = new IncidentDriver(_log, (step, state, _, _) => Task.FromResult(does(step, state)));
        // No step here runs anything, so nothing is there to run it with.
        var context = new HealContext(Agent, "", null!, null!, [], null, null!, null!, null!, null!, 1, TimeProvider.System, null!);
        return await driver.DriveAsync(incident, context, null, null, TestContext.Current.CancellationToken);
    }
}

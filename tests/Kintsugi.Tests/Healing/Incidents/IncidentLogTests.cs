using Kintsugi.Evaluation.Alarms;
using Kintsugi.Evaluation.Running;
using Kintsugi.Healing.Incidents;
using Kintsugi.Healing.Review;
using Kintsugi.Healing.Triage;

namespace Kintsugi.Tests.Healing.Incidents;

public sealed class IncidentLogTests : IDisposable
{
    private readonly LogFolder _folder = new();
    private readonly IncidentLog _log;

    public IncidentLogTests() => _log = _folder.Log;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_fingerprint_has_at_most_one_open_incident()
    {
        var (first, made) = _log.Open("f00d", Opening);
        var (second, madeAgain) = _log.Open("f00d", Opening);

        Assert.Equal(first, second);
        Assert.True(made);
        Assert.False(madeAgain);
    }

    [Fact]
    public void A_fix_that_waits_is_an_outcome_until_another_head_joins_and_closes_nothing()
    {
        var (incident, _) = _log.Open("f00d", Opening);
        _log.Append(incident, 2, new Proposed(new Proposal("branch", "kintsugi/a/1", "c", "", "full"), RunCost.None, TimeSpan.Zero));
        Assert.Equal(("proposed", null), (Assert.Single(_log.List()).Outcome, Assert.Single(_log.List()).ClosedAt));

        _log.Append(incident, 3, new Revisited(Opening.Head, "main", "", "tier B"));
        Assert.Null(Assert.Single(_log.List()).Outcome);
        Assert.Equal((incident, false), _log.Open("f00d", Opening));
    }

    [Fact]
    public void A_closed_incident_gives_way_to_a_new_one_and_keeps_its_log()
    {
        var (first, _) = _log.Open("f00d", Opening);
        _log.Append(first, 2, new Closed(IncidentOutcome.Healthy, "as good"));

        var (second, made) = _log.Open("f00d", Opening);

        Assert.True(made);
        Assert.NotEqual(first, second);
        Assert.Equal(2, _log.Read(first).Count);
    }

    [Fact]
    public void The_last_closed_incident_of_a_version_is_found_again()
    {
        Assert.False(_log.IsOpen("f00d"));
        var (first, _) = _log.Open("f00d", Opening);
        Assert.True(_log.IsOpen("f00d"));
        Assert.Null(_log.LastClosed("f00d", Opening.HeadManifest));
        _log.Append(first, 2, new Closed(IncidentOutcome.LeftAlone, "refused"));

        Assert.Equal(first, _log.LastClosed("f00d", Opening.HeadManifest)?.Incident);
        Assert.Null(_log.LastClosed("f00d", "another manifest"));
        Assert.Null(_log.LastClosed("beef", Opening.HeadManifest));
        Assert.False(_log.IsOpen("f00d"));
    }

    [Fact]
    public void Of_two_owners_that_append_the_same_version_one_is_told()
    {
        var (incident, _) = _log.Open("f00d", Opening);
        _log.Append(incident, 2, Failed);

        Assert.Throws<IncidentMovedException>(() => _log.Append(incident, 2, Failed));
        Assert.Equal([1, 2], _log.Read(incident).Select(e => e.Version));
    }

    [Fact]
    public void Of_many_openings_at_once_one_is_made()
    {
        var made = 0;
        Parallel.For(0, 16, _ =>
        {
            if (_log.Open("f00d", Opening).Made) Interlocked.Increment(ref made);
        });

        Assert.Equal(1, made);
        Assert.Single(_log.List());
    }

    [Fact]
    public void An_alarm_opens_an_incident_or_joins_the_open_one_once_a_version()
    {
        Assert.Equal("f00d", _log.Raise("f00d", Opening, Alarm("1.1")));
        Assert.Equal("f00d", _log.Raise("f00d", Opening, Alarm("1.2")));
        Assert.Null(_log.Raise("f00d", Opening, Alarm("1.1")));
        Assert.Equal(["opened", "alarmed", "alarmed"], _log.Read("f00d").Select(e => IncidentEventCodec.Write(e.Event).Name));
        Assert.Equal(["1.1", "1.2"], IncidentState.Fold("f00d", _log.Read("f00d")).Alarms.Select(a => a.Version));
    }

    [Fact]
    public void A_version_that_alarmed_does_not_open_another_incident_once_it_is_closed()
    {
        _log.Raise("f00d", Opening, Alarm("1.1"));
        _log.Append("f00d", 3, new Closed(IncidentOutcome.Cancelled, "by a person"));

        Assert.Null(_log.Raise("f00d", Opening, Alarm("1.1")));
        Assert.True(_log.HasAlarmed("agent", "desk", "1.1"));
        Assert.False(_log.HasAlarmed("agent", "desk", "1.2"));
        Assert.Equal("f00d-2", _log.Raise("f00d", Opening, Alarm("1.2")));
    }

    [Fact]
    public void An_incident_that_does_not_exist_is_named() =>
        Assert.Contains("incident list", Assert.Throws<StorageFormatException>(() => IncidentState.Fold("nope", _log.Read("nope"))).Message, StringComparison.Ordinal);

    private static Alarmed Alarm(string version) => new(new AlarmView(
        "desk", version, null, DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch, AlarmRule.Canary, 0.001, [new AlarmedError("aa", "KeyError", 9, 10, 0, 10, [])], 0));

    private static readonly CommitView Commit = new("0123456789abcdef", "a", DateTimeOffset.UnixEpoch, "s");
    private static readonly Opened Opening = new("agent", "", "/repo", "origin", Commit, Commit, "main", "", "", "tier B", 1);
    private static readonly WorldFailed Failed = new(0, ["down (1)"], 1, 1, RunCost.None, TimeSpan.Zero);
}

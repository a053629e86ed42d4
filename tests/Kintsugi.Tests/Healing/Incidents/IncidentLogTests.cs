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
    public void An_incident_that_does_not_exist_is_named() =>
        Assert.Contains("incident list", Assert.Throws<StorageFormatException>(() => IncidentState.Fold("nope", _log.Read("nope"))).Message, StringComparison.Ordinal);

    private static readonly CommitView Commit = new("0123456789abcdef", "a", DateTimeOffset.UnixEpoch, "s");
    private static readonly Opened Opening = new("agent", "", "/repo", "origin", Commit, Commit, "main", "", "", "tier B", 1);
    private static readonly WorldFailed Failed = new(0, ["down (1)"], 1, 1, RunCost.None, TimeSpan.Zero);
}

using Kintsugi.Evaluation.Agents;
using Kintsugi.Storage;
using Kintsugi.Tests.Models;
using Microsoft.Data.Sqlite;

namespace Kintsugi.Tests.Evaluation.Agents;

public sealed class VersionStoreTests : IDisposable
{
    private static readonly DateTimeOffset Monday = new(2026, 11, 23, 9, 0, 0, TimeSpan.FromHours(2));

    private readonly string _path = Directory.CreateTempSubdirectory("kintsugi-versions-").FullName;
    private readonly HandClock _clock = new();
    private readonly VersionStore _store;

    public VersionStoreTests() => _store = new VersionStore(Database.Open(Path.Combine(_path, "kintsugi.db")), _clock);

    [Fact]
    public void A_version_that_is_met_again_keeps_when_it_was_first_seen_and_takes_what_was_found_last()
    {
        _store.Note("scorer", Met("a", SeenBy.Eval) with { Found = new("healthy", 9, 10), Models = ["sim-large"] });
        _clock.Advance(TimeSpan.FromHours(1));
        _store.Note("scorer", Met("a", SeenBy.Heal) with { Found = new("regressed", 5, 10), Incident = "0123" });

        var known = Assert.Single(_store.List("scorer", 10));

        Assert.Equal((TimeSpan.FromHours(1), SeenBy.Eval), (known.LastSeen - known.FirstSeen, known.SeenBy));
        Assert.Equal((new FoundOfVersion("regressed", 5, 10), SeenBy.Heal, "0123"), (known.Found, known.JudgedBy, known.Incident));
        Assert.Equal(["sim-large"], known.Models);
    }

    [Fact]
    public void What_recordings_say_never_replaces_what_fresh_runs_said()
    {
        _store.Note("scorer", Met("a", SeenBy.Replay) with { Found = new("healthy", 1, 1) });
        _store.Note("scorer", Met("a", SeenBy.Eval) with { Found = new("regressed", 5, 10) });
        _store.Note("scorer", Met("a", SeenBy.Replay) with { Found = new("healthy", 10, 10) });

        Assert.Equal("regressed", _store.Find("scorer", "a")!.Found!.Verdict);
    }

    [Fact]
    public void An_alarm_that_finds_nothing_leaves_what_was_found()
    {
        _store.Note("scorer", Met("a", SeenBy.Eval) with { Found = new("healthy", 9, 10), Incident = "1" });
        _store.Note("scorer", Met("a", SeenBy.Alarm));

        var known = _store.Find("scorer", "a")!;

        Assert.Equal(("healthy", "1"), (known.Found!.Verdict, known.Incident));
    }

    [Fact]
    public void Versions_are_told_newest_commit_first_whatever_their_time_zone_and_each_agent_has_its_own()
    {
        _store.Note("scorer", Met("later", SeenBy.Eval) with { CommittedAt = Monday.ToOffset(TimeSpan.FromHours(-9)) + TimeSpan.FromMinutes(1) });
        _store.Note("scorer", Met("earlier", SeenBy.Eval));
        _store.Note("other", Met("elsewhere", SeenBy.Eval));

        Assert.Equal(["later", "earlier"], _store.List("scorer", 10).Select(v => v.Commit));
        Assert.Equal(["later"], _store.List("scorer", 1).Select(v => v.Commit));
        Assert.Null(_store.Find("scorer", "elsewhere"));
    }

    [Fact]
    public void What_changed_is_told_by_component()
    {
        _store.Note("scorer", Met("a", SeenBy.Eval));
        _store.Note("scorer", Met("b", SeenBy.Eval) with { Hashes = Hashes(("prompt", "2"), ("code", "1"), ("model", "9")) });

        Assert.Equal([Component.Prompt, Component.Model], _store.Find("scorer", "b")!.ChangedSince(_store.Find("scorer", "a")!));
    }

    public void Dispose()
    {
        SqliteConnection.ClearAllPools();
        Directory.Delete(_path, recursive: true);
    }

    private static MetVersion Met(string commit, SeenBy by) => new(commit, Monday, Hashes(("prompt", "1"), ("code", "1"), ("model", "1")), [], by);

    private static ComponentHashes Hashes(params (string Component, string Hash)[] hashes) =>
        new(hashes.ToDictionary(h => Enum.Parse<Component>(h.Component, ignoreCase: true), h => h.Hash), string.Concat(hashes.Select(h => h.Hash)), []);
}

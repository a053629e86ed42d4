using Kintsugi.Evaluation.Running;

namespace Kintsugi.Tests.Evaluation.Running;

public class JsonlAgentTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_agent_that_answers_every_line_passes()
    {
        await using var rig = RunningRig.Of("for q in questions(): say(q, q['input'])");

        var run = await rig.RunAsync(20);

        Assert.Equal(20, run.Results.Count(r => r.Outcome == Outcome.Passed));
        Assert.Equal(Enumerable.Range(0, 20).Select(n => $"s{n}"), run.Results.Select(r => r.SampleId));
        Assert.Equal(20, run.Cost.AgentRuns);
        Assert.Equal(2, rig.Started.Count);
        Assert.All(rig.Started, p => Assert.True(p.Exited.IsCompleted));
    }

    [Fact]
    public async Task Results_can_be_loaded_again()
    {
        await using var rig = RunningRig.Of("for q in questions(): sys.stderr.write('thinking\\n'); sys.stderr.flush(); say(q, q['input'])");

        var run = await rig.RunAsync(3);
        var loaded = rig.Store.Load(run.Id)!;

        Assert.Equal(run.Results.Select(r => (r.SampleId, r.Epoch, r.Outcome)), loaded.Results.Select(r => (r.SampleId, r.Epoch, r.Outcome)));
        Assert.Equal("test", loaded.Purpose);
        Assert.Equal(3, loaded.Cost.AgentRuns);
        Assert.Equal(1, loaded.Results[1].Output!.Value.GetInt32());
        Assert.Equal(run.Results[0].Scores, loaded.Results[0].Scores);
        Assert.Null(rig.Store.Load("no such run"));
    }

    [Fact]
    public async Task Garbage_on_standard_output_goes_to_the_trajectory_with_one_warning()
    {
        await using var rig = RunningRig.Of(
            """
            for q in questions():
                print("loading \x1b[31m model"); print("[1, 2"); print('{"id": 5}'); print("x" * 100000)
                say(q, q['input'])
            """);

        var result = Assert.Single((await rig.RunAsync(1)).Results);

        Assert.Equal(Outcome.Passed, result.Outcome);
        Assert.StartsWith("4 line(s)", result.Trajectory.Notes[0], StringComparison.Ordinal);
        Assert.Equal("stdout: loading [31m model", result.Trajectory.Notes[1]);
        Assert.True(result.Trajectory.Notes.Sum(n => n.Length) < 1000);
    }

    [Fact]
    public async Task A_second_answer_and_an_answer_never_asked_are_noted_and_do_not_count()
    {
        await using var rig = RunningRig.Of(
            """
            for q in questions():
                say({"id": "never-asked", "epoch": 1}, q['input'])
                say(q, q['input']); say(q, "other")
            """).With(a => a with { Processes = 1 });

        var run = await rig.RunAsync(3);

        Assert.All(run.Results, r => Assert.Equal(Outcome.Passed, r.Outcome));
        var notes = run.Results.SelectMany(r => r.Trajectory.Notes).ToList();
        Assert.Contains("Answered 'never-asked', which was not asked.", notes);
        Assert.Contains(notes, n => n.EndsWith("again; the first answer counts.", StringComparison.Ordinal));
    }

    [Fact]
    public async Task An_agent_that_never_answers_a_sample_fails_that_sample_alone()
    {
        await using var rig = RunningRig.Of(
            """
            for q in questions():
                if q['input'] == 1: time.sleep(1000)
                say(q, q['input'])
            """).With(a => a with { Timeout = TimeSpan.FromSeconds(1), StartTimeout = TimeSpan.FromSeconds(1) });

        var run = await rig.RunAsync(6);

        Assert.Equal("timeout", Assert.Single(run.Results, r => r.Outcome != Outcome.Passed).Error!.Type);
        Assert.Equal("s1", Assert.Single(run.Results, r => r.Outcome != Outcome.Passed).SampleId);
    }

    [Fact]
    public async Task An_agent_that_exits_on_a_sample_fails_it_with_its_last_words()
    {
        await using var rig = RunningRig.Of(
            """
            for q in questions():
                if q['input'] == 2: sys.exit("cannot work on 2")
                say(q, q['input'])
            """);

        var run = await rig.RunAsync(6);

        var failed = Assert.Single(run.Results, r => r.Outcome != Outcome.Passed);
        Assert.Equal(("s2", "exited"), (failed.SampleId, failed.Error!.Type));
        Assert.Contains("exited with code 1", failed.Error.Message, StringComparison.Ordinal);
        Assert.Contains("cannot work on 2", failed.Error.Message, StringComparison.Ordinal);
        Assert.Null(run.StartFailure);
    }

    [Fact]
    public async Task An_agent_that_serves_one_sample_a_process_is_started_again_for_each()
    {
        await using var rig = RunningRig.Of("q = next(questions()); say(q, q['input'])");

        var run = await rig.RunAsync(4);

        Assert.All(run.Results, r => Assert.Equal(Outcome.Passed, r.Outcome));
    }

    [Fact]
    public async Task An_agent_that_does_not_start_fails_every_epoch_and_the_run_says_why()
    {
        await using var rig = RunningRig.Of("import no_such_module");

        var run = await rig.RunAsync(5);

        Assert.Contains("no_such_module", run.StartFailure, StringComparison.Ordinal);
        Assert.All(run.Results, r => Assert.Equal((Outcome.Failed, "start"), (r.Outcome, r.Error!.Type)));
        Assert.Equal(5, run.Results.Count);
        Assert.Equal(run.StartFailure, rig.Store.Load(run.Id)!.StartFailure);
    }

    [Fact]
    public async Task An_agent_that_falls_over_every_sample_still_starts()
    {
        await using var rig = RunningRig.Of("next(questions()); sys.exit('no')");

        var run = await rig.RunAsync(3);

        Assert.Null(run.StartFailure);
        Assert.All(run.Results, r => Assert.Equal("exited", r.Error!.Type));
    }

    [Fact]
    public async Task An_error_that_the_agent_reports_is_a_result()
    {
        await using var rig = RunningRig.Of(
            """for q in questions(): print(json.dumps({"id": q["id"], "epoch": q["epoch"], "error": {"type": "no_lead", "message": "empty"}}), flush=True)""");

        var result = Assert.Single((await rig.RunAsync(1)).Results);

        Assert.Equal((Outcome.Failed, new AgentError("no_lead", "empty")), (result.Outcome, result.Error));
    }

    [Fact]
    public async Task A_flood_of_standard_output_is_stopped()
    {
        await using var rig = RunningRig.Of(
            """
            for q in questions():
                if q['input'] == 0:
                    while True: print("y" * 10000)
                say(q, q['input'])
            """);

        var run = await rig.RunAsync(4);

        Assert.Equal(("s0", "limit"), (run.Results[0].SampleId, run.Results[0].Error!.Type));
        Assert.Equal(3, run.Results.Count(r => r.Outcome == Outcome.Passed));
    }

    [Fact]
    public async Task A_line_longer_than_16_MiB_is_a_bad_answer_and_one_shorter_is_read()
    {
        await using var rig = RunningRig.Of("for q in questions(): say(q, 'x' * ((17 if q['input'] == 0 else 15) << 20))");

        var run = await rig.RunAsync(2);

        Assert.Equal("bad_answer", run.Results[0].Error!.Type);
        Assert.Null(run.Results[1].Error);
        Assert.True(run.Results[1].Output!.Value.GetString()!.Length <= 64 * 1024 + 1);
    }

    [Fact]
    public async Task Half_a_surrogate_pair_is_a_bad_answer()
    {
        await using var rig = RunningRig.Of("for q in questions(): say(q, {'text': '\\ud800'})");

        Assert.Equal("bad_answer", (await rig.RunAsync(1)).Results[0].Error!.Type);
    }

    [Fact]
    public async Task What_an_agent_forks_ends_with_the_run()
    {
        await using var rig = RunningRig.Of(
            """
            for q in questions():
                if os.fork() == 0: time.sleep(1000)
                say(q, q['input'])
            """);

        var run = await rig.RunAsync(4);

        Assert.All(run.Results, r => Assert.Equal(Outcome.Passed, r.Outcome));
        Assert.All(rig.Started, p => Assert.True(p.Exited.IsCompleted));
    }

    [Fact]
    public async Task A_parent_that_exits_and_leaves_a_child_with_its_output_is_an_exit()
    {
        await using var rig = RunningRig.Of(
            """
            for q in questions():
                if os.fork() == 0: time.sleep(1000)
                sys.exit("gone")
            """);

        Assert.Equal("exited", (await rig.RunAsync(1)).Results[0].Error!.Type);
    }

    [Fact]
    public async Task With_several_in_flight_those_beside_the_one_that_ends_the_process_are_asked_again()
    {
        await using var rig = RunningRig.Of(
            """
            import threading
            def work(q):
                time.sleep(0.2)
                if q['input'] == 3: os._exit(7)
                say(q, q['input'])
            for q in questions(): threading.Thread(target=work, args=(q,)).start()
            """).With(a => a with { Processes = 1, InFlight = 4 });

        var run = await rig.RunAsync(8);

        Assert.Equal("s3", Assert.Single(run.Results, r => r.Outcome != Outcome.Passed).SampleId);
    }

    [Fact]
    public async Task Cancelling_leaves_no_process()
    {
        await using var rig = RunningRig.Of("for q in questions(): sys.stderr.write('up'); time.sleep(1000)");
        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(Token);

        var run = rig.RunAsync(RunningRig.Numbers(10), cancel.Token);
        cancel.CancelAfter(TimeSpan.FromSeconds(1));

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run);
        Assert.NotEmpty(rig.Started);
        Assert.All(rig.Started, p => Assert.True(p.Exited.IsCompleted));
    }
}

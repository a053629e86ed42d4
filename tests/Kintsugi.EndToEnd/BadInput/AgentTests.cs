using System.Text.Json;

namespace Kintsugi.EndToEnd.BadInput;

/// <summary>Agents that misbehave: every sample gets a result, none of them blames the world, and nothing hangs or stays behind.</summary>
public class AgentTests
{
    private const string Answer = """print(json.dumps({"id": asked["id"], "epoch": asked["epoch"], "output": {"tier": "A" if asked["input"]["n"] >= 50 else "B"}}), flush=True)""";

    public static TheoryData<string, string, string> Failing => new()
    {
        { "prints garbage", "for line in sys.stdin: print('\\x1b[31mgarbage <b>&', flush=True)", "timeout" },
        { "never answers", "for line in sys.stdin: pass", "timeout" },
        { "ignores standard input", "time.sleep(1000)", "timeout" },
        { "answers an id never asked", "for line in sys.stdin: print(json.dumps({'id': 'nobody', 'epoch': 1, 'output': {'tier': 'A'}}), flush=True)", "timeout" },
        { "floods standard output", "sys.stdin.readline()\nwhile True: sys.stdout.write('x' * 1000 + '\\n')", "limit" },
        { "floods standard output without a line's end", "sys.stdin.readline()\nwhile True: sys.stdout.write('x' * 100000)", "bad_answer" },
        { "floods standard error", "for line in sys.stdin:\n while True: sys.stderr.write('x' * 1000)", "timeout" },
        { "exits in the middle", "sys.stdin.readline(); sys.exit(3)", "exit" },
        { "is killed", "sys.stdin.readline(); os.kill(os.getpid(), 9)", "exit" },
        { "does not start", "import nothing_of_that_name", "start" },
        { "answers with half a line and exits", "sys.stdin.readline(); sys.stdout.write('{\"id\":'); sys.stdout.flush(); sys.exit(0)", "exit" },
        { "eats memory", "sys.stdin.readline()\nkeep = []\nwhile True: keep.append(bytearray(16 << 20))", "" },
    };

    [Theory]
    [MemberData(nameof(Failing))]
    public async Task What_an_agent_does_is_the_agents_result_and_never_the_worlds(string what, string body, string error)
    {
        Assert.NotEmpty(what);
        var document = await EvaluateAsync(body);

        Assert.All(document.GetProperty("samples").EnumerateArray(), s => Assert.Matches("^0+$", s.GetProperty("candidate").GetString()!));
        if (error == "start") Assert.NotEqual(JsonValueKind.Null, document.GetProperty("start_failure").ValueKind);
    }

    public static TheoryData<string, string> Passing => new()
    {
        { "answers twice", $"for line in sys.stdin:\n asked = json.loads(line)\n {Answer}\n {Answer}" },
        { "talks beside its answers", $"for line in sys.stdin:\n asked = json.loads(line)\n print('\\x1b]0;title\\x07thinking', flush=True)\n {Answer}" },
        { "answers of others first", $"for line in sys.stdin:\n asked = json.loads(line)\n print('{{\"id\":\"nobody\",\"output\":1}}', flush=True)\n {Answer}" },
        { "ends after every answer", $"asked = json.loads(sys.stdin.readline())\n{Answer}\nsys.exit(0)" },
        { "writes to its own directory", $"open('agent.py', 'a').write('broken') if os.access('agent.py', os.W_OK) else None\nfor line in sys.stdin:\n asked = json.loads(line)\n {Answer}" },
        { "leaves children that hold its output", $"if os.fork() == 0:\n time.sleep(1000)\nfor line in sys.stdin:\n asked = json.loads(line)\n {Answer}" },
        { "leaves daemons", $"if os.fork() == 0:\n os.setsid()\n if os.fork() == 0:\n  time.sleep(1000)\n os._exit(0)\nfor line in sys.stdin:\n asked = json.loads(line)\n {Answer}" },
    };

    [Theory]
    [MemberData(nameof(Passing))]
    public async Task An_agent_that_answers_rightly_in_bad_manners_passes(string what, string body)
    {
        Assert.NotEmpty(what);
        var document = await EvaluateAsync(body);

        Assert.All(document.GetProperty("samples").EnumerateArray(), s => Assert.Matches("^1+$", s.GetProperty("candidate").GetString()!));
    }

    [Theory]
    [InlineData("print('{broken')", false)]
    [InlineData("time.sleep(1000)", false)]
    [InlineData("os.close(0); os.close(1); time.sleep(1000)", false)]
    [InlineData("sys.exit(1)", false)]
    [InlineData("os.fork() or time.sleep(1000)", false)]
    [InlineData("while True: sys.stdout.write('x' * 100000)", false)]
    [InlineData("n = json.load(sys.stdin)['n']; print(json.dumps({'tier': 'A' if n >= 50 else 'B'})); sys.stdout.flush(); os.fork() or (os.close(1), os.close(2), os.setsid(), time.sleep(1000))", true)]
    public async Task An_exec_agent_cannot_hang_an_evaluation_either(string body, bool passes)
    {
        var document = await EvaluateAsync(body, "exec");

        Assert.All(document.GetProperty("samples").EnumerateArray(), s => Assert.Matches(passes ? "^1+$" : "^0+$", s.GetProperty("candidate").GetString()!));
    }

    private static async Task<JsonElement> EvaluateAsync(string body, string protocol = "jsonl")
    {
        await using var repository = await UserRepository.CreateAsync();
        repository.Write("agent.py", "import json, os, sys, time\n" + body + "\n");
        repository.Write("gold.jsonl", UserRepository.Gold(2));
        repository.Replace("kintsugi.yaml", "timeout: 5s, start_timeout: 10s", $"timeout: 300ms, start_timeout: 1s, memory: 256MiB, protocol: {protocol}");
        repository.Replace("kintsugi.yaml", "baseline_runs: 2, epochs: { min: 1, max: 2 }", "baseline_runs: 1, epochs: { min: 1, max: 1 }");
        await repository.CommitAsync("second");
        var before = repository.Snapshot();

        var said = await CommandLine.KintsugiAsync("eval", repository.Top, "--json");

        repository.AssertUntouched(before);
        var starts = JsonDocument.Parse(said.Output).RootElement.GetProperty("start_failure").ValueKind == JsonValueKind.Null;
        Assert.True(said.Exit == (starts ? 3 : 1), $"exit {said.Exit}: {said.All}"); // there is no baseline
        AssertNothingRuns(repository.Top);
        return JsonDocument.Parse(said.Output).RootElement;
    }

    /// <summary>No process is left that works where the agent's tree stands inside the sandbox: at the repository's own path.</summary>
    private static void AssertNothingRuns(string top)
    {
        foreach (var process in Directory.EnumerateDirectories("/proc").Where(p => int.TryParse(Path.GetFileName(p), out _)))
        {
            Assert.NotEqual(top, WorkingDirectoryOf(process));
        }
    }

    private static string? WorkingDirectoryOf(string process)
    {
        try
        {
            return new FileInfo(process + "/cwd").LinkTarget;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null; // it has ended meanwhile, or is not ours
        }
    }
}

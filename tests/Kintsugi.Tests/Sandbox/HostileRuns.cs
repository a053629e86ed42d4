using System.Collections.Concurrent;
using System.Text;
using Kintsugi.Sandbox;

namespace Kintsugi.Tests.Sandbox;

/// <summary>Runs every attack that needs nothing but its script, in each tier, some at a time; the tests then look at what came of it.</summary>
public sealed class HostileRuns : IAsyncLifetime
{
    private readonly ConcurrentDictionary<(string Tier, string Script), Task<AttackRun>> _runs = [];

    public SandboxTiers Tiers { get; } = new();

    public async ValueTask InitializeAsync()
    {
        await Tiers.InitializeAsync();
        using var bait = new Bait();
        var all =
            from attack in AttackTable.All
            where attack.FromInside
            from sandbox in Tiers.Available.Values
            select (attack.Script, sandbox);
        await Parallel.ForEachAsync(all, new ParallelOptions { MaxDegreeOfParallelism = 4 }, async (one, _) =>
        {
            var run = AttackRun.OfAsync(one.sandbox, one.Script, bait);
            _runs[(one.sandbox.Isolation.Tier, one.Script)] = run;
            await ((Task)run).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing); // the test that asks for it sees the error
        });
    }

    internal Task<AttackRun> Of(string tier, string script) => _runs[(tier, script)];

    public ValueTask DisposeAsync() => Tiers.DisposeAsync();
}

/// <param name="TreeChanged">Whether the host's tree is not as it was before.</param>
internal sealed record AttackRun(SandboxResult Result, bool TreeChanged)
{
    private const string Answer = "{\"id\":1,\"target\":\"yes\"}\n";

    /// <summary>Whether the attack got hold of nothing and ended by itself.</summary>
    public bool Held => Result is { Output: "", Error: "", Succeeded: true };

    public static async Task<AttackRun> OfAsync(ISandbox sandbox, string script, Bait bait, SandboxLimits? limits = null)
    {
        using var tree = new TestTree().With("golden/answers.jsonl", Answer);
        using var gateway = new TestGateway();
        var request = gateway.For(tree.Attack(script));
        var result = await sandbox.RunAsync(
            request with { Limits = limits ?? request.Limits }, Encoding.UTF8.GetBytes(bait.Knowledge(tree)), TestContext.Current.CancellationToken);
        return new AttackRun(result, !IsAsItWas(tree, script));
    }

    private static bool IsAsItWas(TestTree tree, string script) =>
        File.ReadAllText(Path.Combine(tree.Path, "golden/answers.jsonl")) == Answer
        && Directory.EnumerateFileSystemEntries(tree.Path, "*", SearchOption.AllDirectories).Select(path => Path.GetRelativePath(tree.Path, path)).Order(StringComparer.Ordinal)
            .SequenceEqual(((string[])[$"{script}.py", "attack.py", "golden", "golden/answers.jsonl"]).Order(StringComparer.Ordinal));
}

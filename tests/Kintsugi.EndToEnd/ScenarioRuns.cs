using Kintsugi.Bench;
using Kintsugi.Cli.Demo;

namespace Kintsugi.EndToEnd;

/// <summary>Every scenario made with seed 1 and healed by the real command, once for all tests of this collection, two at a time.</summary>
public sealed class ScenarioRuns : IDisposable
{
    private readonly DrillGround _ground = new();
    private readonly SemaphoreSlim _two = new(2);
    private readonly CancellationTokenSource _ended = new();
    private readonly Dictionary<string, Task<(ScenarioRun Run, DemoFolder Folder)>> _runs;

    public ScenarioRuns() => _runs = DemoScenarios.All.ToDictionary(s => s.Name, s => Task.Run(() => RunAsync(s)));

    public async Task<ScenarioRun> RunOfAsync(string scenario) => (await _runs[scenario]).Run;

    /// <summary>The repository after the heal; tests leave it as they find it, or take a copy.</summary>
    public async Task<DemoFolder> FolderOfAsync(string scenario) => (await _runs[scenario]).Folder;

    public async Task<DemoFolder> CopyOfAsync(string scenario, string name, CancellationToken cancellationToken) =>
        await (await FolderOfAsync(scenario)).CopyAsync(_ground.Place(name), cancellationToken);

    public void Dispose()
    {
        _ended.Cancel();
        try
        {
            Task.WaitAll(_runs.Values);
        }
        catch (AggregateException)
        {
            // Each test has been told of its own.
        }
        _ground.Dispose();
        _two.Dispose();
        _ended.Dispose();
    }

    private async Task<(ScenarioRun, DemoFolder)> RunAsync(DemoScenario scenario)
    {
        await _two.WaitAsync(_ended.Token);
        try
        {
            return await ScenarioRun.RunAsync(scenario, 1, _ground.Place(scenario.Name), _ended.Token);
        }
        finally
        {
            _two.Release();
        }
    }
}

/// <summary>Tests that start many real heals: one class after the other, or they would measure each other's load.</summary>
[CollectionDefinition(Name)]
public sealed class Drills : ICollectionFixture<ScenarioRuns>
{
    public const string Name = "drills";
}

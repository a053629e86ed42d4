using Kintsugi.Evaluation.Agents.Building;
using Kintsugi.Sandbox;

namespace Kintsugi.Tests.Evaluation.Agents.Building;

public sealed class LayerCacheTests : IDisposable
{
    private readonly Scratch _scratch = Scratch.Create();

    private string Place => Path.Combine(_scratch.Path, "layers");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _scratch.Dispose();

    [Fact]
    public async Task A_layer_is_made_once_and_found_by_the_next_process()
    {
        var made = 0;
        Task<bool> Make(string directory)
        {
            made++;
            Directory.CreateDirectory(directory);
            File.WriteAllText(Path.Combine(directory, "module"), "installed");
            return Task.FromResult(true);
        }

        var first = await Cache().GetAsync("k", Make, Token);
        var second = await Cache().GetAsync("k", Make, Token);

        Assert.Equal((1, first), (made, second));
        Assert.Equal("installed", File.ReadAllText(Path.Combine(second!, "module")));
        Assert.Equal(first, Cache().Find("k"));
    }

    [Fact]
    public async Task Two_that_want_the_same_layer_at_once_make_it_once()
    {
        var made = 0;
        async Task<bool> Make(string directory)
        {
            Interlocked.Increment(ref made);
            await Task.Yield();
            Directory.CreateDirectory(directory);
            return true;
        }

        var layers = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() => Cache().GetAsync("k", Make, Token))));

        Assert.Equal(1, made);
        Assert.Single(layers.Distinct());
    }

    [Fact]
    public async Task A_build_that_failed_or_broke_leaves_nothing_behind()
    {
        Assert.Null(await Cache().GetAsync("k", directory => Task.FromResult(!Directory.CreateDirectory(directory).Exists), Token));
        await Assert.ThrowsAsync<SandboxUnavailableException>(() => Cache().GetAsync("k", directory =>
        {
            Directory.CreateDirectory(directory);
            throw new SandboxUnavailableException("B", "");
        }, Token));

        Assert.Null(Cache().Find("k"));
        Assert.Empty(Directory.EnumerateDirectories(Place));
    }

    [Fact]
    public async Task What_a_killed_process_left_is_never_taken_for_a_layer_and_goes()
    {
        var left = Directory.CreateDirectory(Path.Combine(Place, "k.0123.part")).FullName;
        File.WriteAllText(Path.Combine(left, "half"), "");

        Assert.Null(Cache().Find("k"));
        var layer = await Cache().GetAsync("k", directory => Task.FromResult(Directory.CreateDirectory(directory).Exists), Token);

        Assert.False(Directory.Exists(left));
        Assert.Empty(Directory.EnumerateFileSystemEntries(layer!));
    }

    [Fact]
    public async Task A_layer_that_nobody_wanted_for_a_month_goes_with_the_next_that_is_made()
    {
        Task<bool> Make(string directory) => Task.FromResult(Directory.CreateDirectory(directory).Exists);
        await Cache().GetAsync("old", Make, Token);
        await Cache().GetAsync("used", Make, Token);
        foreach (var key in new[] { "old", "used" }) File.SetLastWriteTimeUtc(Path.Combine(Place, key + ".lock"), DateTime.UnixEpoch);

        await Cache().GetAsync("used", Make, Token);
        await Cache().GetAsync("new", Make, Token);

        Assert.Equal((null, true, true), (Cache().Find("old"), Cache().Find("used") is not null, Cache().Find("new") is not null));
    }

    [Fact]
    public async Task What_a_killed_process_left_of_another_layer_goes_with_the_next_that_is_made()
    {
        static Task<bool> Make(string directory) => Task.FromResult(Directory.CreateDirectory(directory).Exists);
        await Cache().GetAsync("other", Make, Token);
        foreach (var name in new[] { "other.0123.part", "other.0123.part.work" }) Directory.CreateDirectory(Path.Combine(Place, name));

        await Cache().GetAsync("new", Make, Token);

        Assert.Equal(["new", "other"], Directory.EnumerateDirectories(Place).Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    private LayerCache Cache() => new(Place, TimeProvider.System);
}

using Kintsugi.Sandbox;

namespace Kintsugi.Tests.Sandbox;

public class KeptLayerTests
{
    [Fact]
    public async Task Files_that_come_and_go_hide_no_other_from_being_counted()
    {
        using var scratch = Scratch.Create();
        var keep = scratch.Directory("layer");
        for (var i = 0; i < 200; i++)
            await File.WriteAllTextAsync(Path.Combine(keep, $"other-{i}"), "", TestContext.Current.CancellationToken);
        await File.WriteAllBytesAsync(Path.Combine(keep, "large"), new byte[1000], TestContext.Current.CancellationToken);
        using var enough = new CancellationTokenSource();
        var churn = Task.Factory.StartNew(() => Churn(keep, enough.Token), TestContext.Current.CancellationToken, TaskCreationOptions.LongRunning, TaskScheduler.Default);

        var least = Enumerable.Range(0, 500).Min(_ => KeptLayer.SizeOf(keep));

        await enough.CancelAsync();
        await churn;
        Assert.InRange(least, 1000, 2000);
    }

    private static void Churn(string keep, CancellationToken enough)
    {
        while (!enough.IsCancellationRequested)
        {
            var names = Enumerable.Range(0, 20).Select(i => Path.Combine(keep, $"passing-{i}")).ToList();
            names.ForEach(name => File.WriteAllText(name, ""));
            names.ForEach(File.Delete);
        }
    }
}

namespace Kintsugi.Bench.Detection;

/// <summary>The most that the managed heap held beyond what it held at first, garbage not yet collected included; asked every millisecond.</summary>
internal sealed class PeakMemory : IDisposable
{
    private readonly long before = GC.GetTotalMemory(forceFullCollection: true);
    private readonly Thread watcher;
    private volatile bool ends;
    private long most;

    public PeakMemory()
    {
        watcher = new Thread(Watch) { IsBackground = true };
        watcher.Start();
    }

    public double Megabytes => Math.Max(0, Interlocked.Read(ref most) - before) / 1e6;

    public void Dispose()
    {
        ends = true;
        watcher.Join();
    }

    private void Watch()
    {
        while (!ends)
        {
            Interlocked.Exchange(ref most, Math.Max(most, GC.GetTotalMemory(false)));
            Thread.Sleep(1);
        }
    }
}

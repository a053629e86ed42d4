using System.Diagnostics;
using System.Net.Sockets;

namespace Kintsugi.Bench.Gateway;

/// <summary>What many streams that are held at once cost.</summary>
/// <param name="MostAtOnce">As the service saw them.</param>
/// <param name="Whole">How many came to the client complete.</param>
internal sealed record HeldStreams(int MostAtOnce, int Whole, double RestMegabytes, double PeakMegabytes, double CpuSeconds, TimeSpan Elapsed, double FirstMilliseconds);

/// <summary>What clients cost that ask for an endless stream and never read it.</summary>
/// <param name="HungUp">Streams that the gateway ended, and after how long the last.</param>
/// <param name="Broken">How many clients saw a connection that was broken, and not an answer that ended.</param>
internal sealed record StalledReaders(int HungUp, TimeSpan After, int Broken, double BeforeMegabytes, double MostMegabytes, double AfterMegabytes);

/// <summary>Streams in numbers, on a gateway of their own that has both cores.</summary>
internal static class GatewayStreams
{
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(180), Look = TimeSpan.FromMilliseconds(50);

    public static async Task<HeldStreams> HoldAsync(GatewayTarget target, GatewayStub stub, int streams, long bytes, CancellationToken cancellationToken)
    {
        var rest = target.Process!.ResidentMegabytes;
        var result = await GatewayLoad.RunAsync(target, GatewayStub.Drip, 0, streams, streams, cancellationToken);
        return new HeldStreams(
            stub.MostStreams, result.Exchanges.Count(exchange => exchange.Bytes == bytes), rest, target.Process.PeakMegabytes,
            result.CpuSeconds, result.Elapsed, result.FirstMilliseconds);
    }

    public static async Task<StalledReaders> StallAsync(GatewayTarget target, GatewayStub stub, int readers, CancellationToken cancellationToken)
    {
        var before = target.Process!.ResidentMegabytes;
        var question = new LoadQuestion(GatewayStub.Endless, target.Headers).Copy();
        var connections = await Task.WhenAll(Enumerable.Range(0, readers).Select(_ => LoadConnection.OpenAsync(target.EndPoint, cancellationToken)));
        foreach (var connection in connections) await connection.BeginAsync(question, cancellationToken);

        var started = Stopwatch.GetTimestamp();
        while (stub.HungUp.Count < readers && Stopwatch.GetElapsedTime(started) < LongestWait) await Task.Delay(Look, cancellationToken);
        var hungUp = stub.HungUp;
        var broken = 0;
        foreach (var connection in connections)
        {
            using (connection)
                if (hungUp.Count == readers && await IsBrokenAsync(connection, cancellationToken)) broken++;
        }
        return new StalledReaders(hungUp.Count, hungUp.DefaultIfEmpty().Max(), broken, before, target.Process.PeakMegabytes, target.Process.ResidentMegabytes);
    }

    private static async Task<bool> IsBrokenAsync(LoadConnection connection, CancellationToken cancellationToken)
    {
        try
        {
            await connection.EndAsync(0, cancellationToken);
            return false;
        }
        catch (Exception e) when (e is EndOfStreamException or SocketException)
        {
            return true;
        }
    }
}

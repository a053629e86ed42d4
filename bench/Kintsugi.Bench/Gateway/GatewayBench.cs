using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;

namespace Kintsugi.Bench.Gateway;

/// <summary>What the gateway costs with all of it on, beside Portkey and a bare YARP: the gateway has one core, the load and the model service the other.</summary>
public static class GatewayBench
{
    private const int AtOnce = 32, OneByOne = 1_000, Streamed = 60, Streams = 2_000, Stalled = 50;

    private const string LoadCore = "0", GatewayCore = "1", BothCores = "0,1", StreamTimeoutSeconds = "10";

    private const double MostCpu = 150, MostHitCpu = 60, MostAdded = 0.25, MostAddedFirst = 0.5, MostGrowth = 0.05;

    /// <param name="requests">A repetition, at c=32; a fifth of it for Portkey, which takes that much longer.</param>
    public static async Task<int> RunAsync(int requests, int repetitions, bool million, string? file, CancellationToken cancellationToken)
    {
        await MeasuredProcess.PinAsync(LoadCore, cancellationToken);
        using var stub = new GatewayStub();
        var table = new StringBuilder("# What the gateway costs").AppendLine().AppendLine();
        await SpeedAsync(table, stub, requests, repetitions, cancellationToken);
        await MemoryAsync(table, stub, million ? 1_000_000 : 200_000, million ? 10 : 4, cancellationToken);
        await StreamsAsync(table, stub, cancellationToken);
        Console.Write(table);
        if (file is not null) await File.WriteAllTextAsync(file, table.ToString(), cancellationToken);
        return 0;
    }

    private static async Task SpeedAsync(StringBuilder table, GatewayStub stub, int requests, int repetitions, CancellationToken cancellationToken)
    {
        var loadBefore = Load();
        await using var portkey = await Portkey.StartAsync(GatewayCore, cancellationToken);
        await using var yarp = await MeasuredProcess.OwnAsync(GatewayCore, ["gateway-yarp", stub.Url], cancellationToken);
        await using var ours = await ServeAsync(GatewayCore, stub, cancellationToken);
        var direct = new GatewayTarget("the service itself", stub.EndPoint, "", null);
        var plain = new GatewayTarget("kintsugi", ours.EndPoint, "", ours);
        var hit = new GatewayTarget("kintsugi, a cassette hit", ours.EndPoint, $"{ServedGateway.RecallHeader}: yes\r\n", ours);
        List<GatewayTarget> targets = [direct, plain, new("YARP, bare", yarp.EndPoint, "", yarp)];
        if (portkey is not null) targets.Add(new("Portkey", portkey.Process.EndPoint, Portkey.Headers(stub.Url), portkey.Process));

        var speeds = await SpeedsAsync([.. targets, hit], requests, repetitions, cancellationToken);
        var alone = await InTurnsAsync(targets, repetitions, target => GatewayLoad.RunAsync(target, GatewayStub.Plain, 0, OneByOne, 1, cancellationToken));
        var first = await InTurnsAsync(targets, repetitions, target => GatewayLoad.RunAsync(target, GatewayStub.Steps, 0, Streamed, 1, cancellationToken));

        Preface(table, repetitions, portkey, loadBefore);
        SpeedRows(table, speeds, portkey is null);
        table.AppendLine();
        AddedRows(table, targets, alone, first, portkey is null);
        table.AppendLine().AppendLine("| wanted | measured | |").AppendLine("|---|--:|---|");
        Line(table, $"plain at c={AtOnce}: at most {MostCpu:0} µs CPU a request", Cpu(speeds[plain]), MostCpu, "0", "µs");
        Line(table, $"a cassette hit: at most {MostHitCpu:0} µs CPU", Cpu(speeds[hit]), MostHitCpu, "0", "µs");
        Line(table, FormattableString.Invariant($"at most {MostAdded} ms added to the p50 at c=1"), Whole(alone[plain]) - Whole(alone[direct]), MostAdded, "0.000", "ms");
        Line(table, FormattableString.Invariant($"at most {MostAddedFirst} ms added to the first streamed chunk"), First(first[plain]) - First(first[direct]), MostAddedFirst, "0.000", "ms");
        table.AppendLine();
    }

    /// <summary>Warms each, and then measures them in turns; a hit asks what the first turn recorded.</summary>
    private static async Task<Dictionary<GatewayTarget, List<LoadResult>>> SpeedsAsync(
        List<GatewayTarget> targets, int requests, int repetitions, CancellationToken cancellationToken)
    {
        foreach (var target in targets) await GatewayLoad.RunAsync(target, GatewayStub.Plain, 0, 2 * Share(target), AtOnce, cancellationToken);
        var repetition = 0;
        return await InTurnsAsync(targets, repetitions, target =>
        {
            var first = target.Headers.StartsWith(ServedGateway.RecallHeader, StringComparison.Ordinal) ? 0 : ++repetition * 2 * requests;
            return GatewayLoad.RunAsync(target, GatewayStub.Plain, first, Share(target), AtOnce, cancellationToken);
        });

        int Share(GatewayTarget target) => target.Name == "Portkey" ? requests / 5 : requests;
    }

    private static async Task<Dictionary<GatewayTarget, List<LoadResult>>> InTurnsAsync(
        IReadOnlyList<GatewayTarget> targets, int repetitions, Func<GatewayTarget, Task<LoadResult>> run)
    {
        var results = targets.ToDictionary(target => target, _ => new List<LoadResult>());
        for (var n = 0; n < repetitions; n++)
            foreach (var target in targets) results[target].Add(await run(target));
        return results;
    }

    private static void Preface(StringBuilder table, int repetitions, Portkey? portkey, string loadBefore)
    {
        table.AppendLine(
            "A gateway in a process of its own on one core; on the other the load, over kept connections of plain sockets, and a model service that answers at once. Questions of 2.2 kB, all different, answers of 0.6 kB. Kintsugi is served as to agents, on loopback TCP: a route over two providers, limits, a budget in US dollars with known prices, each answer recorded in SQLite. Portkey has its nearest, `retry` and `fallback` over two targets; it holds no budget and records nothing. YARP passes on and does nothing else. CPU is user and system time of all the gateway's threads.").AppendLine();
        table.AppendLine(CultureInfo.InvariantCulture,
            $"Medians of {repetitions} repetitions in turns, after twice as many questions to warm up; least and most in brackets. {RuntimeInformation.FrameworkDescription}, {(portkey is null ? "no Portkey" : $"Portkey {Portkey.Version} on Node {portkey.Node}")}, YARP {typeof(Yarp.ReverseProxy.Forwarder.IHttpForwarder).Assembly.GetName().Version?.ToString(3)}; {Environment.ProcessorCount} cores, {Processor()}, Linux {Environment.OSVersion.Version.ToString(2)}, load average {loadBefore} before and {Load()} after: above 2, other work shares the cores, and the figures of all grow with it: compare rows, not runs.").AppendLine();
    }

    private static void SpeedRows(StringBuilder table, Dictionary<GatewayTarget, List<LoadResult>> speeds, bool isPortkeyMissing)
    {
        table.AppendLine(CultureInfo.InvariantCulture, $"| c={AtOnce} | requests a repetition | CPU a request, µs | requests/s |").AppendLine("|---|--:|--:|--:|");
        foreach (var (target, results) in speeds)
        {
            var cpu = target.Process is null ? "" : string.Create(CultureInfo.InvariantCulture, $"{Cpu(results):0} ({results.Min(r => r.CpuMicroseconds):0}–{results.Max(r => r.CpuMicroseconds):0})");
            table.AppendLine(CultureInfo.InvariantCulture, $"| {target.Name} | {results[0].Exchanges.Count} | {cpu} | {LoadResult.Median(results.Select(r => r.PerSecond)):0} |");
        }
        if (isPortkeyMissing) table.AppendLine("| Portkey | could not be had here | | |");
    }

    private static void AddedRows(
        StringBuilder table, List<GatewayTarget> targets, Dictionary<GatewayTarget, List<LoadResult>> alone, Dictionary<GatewayTarget, List<LoadResult>> first, bool isPortkeyMissing)
    {
        table.AppendLine("| c=1 | p50, ms | added, ms | p50 to the first streamed chunk, ms | added, ms |").AppendLine("|---|--:|--:|--:|--:|");
        foreach (var target in targets)
        {
            var (whole, begun) = (Whole(alone[target]), First(first[target]));
            var added = target.Process is null ? "" : (whole - Whole(alone[targets[0]])).ToString("0.000", CultureInfo.InvariantCulture);
            var addedFirst = target.Process is null ? "" : (begun - First(first[targets[0]])).ToString("0.000", CultureInfo.InvariantCulture);
            table.AppendLine(CultureInfo.InvariantCulture, $"| {target.Name} | {whole:0.000} | {added} | {begun:0.000} | {addedFirst} |");
        }
        if (isPortkeyMissing) table.AppendLine("| Portkey | could not be had here | | | |");
        table.AppendLine().AppendLine(CultureInfo.InvariantCulture, $"A repetition is {OneByOne} questions one after another, and {Streamed} streams of {GatewayStub.Chunks} chunks more, one every 5 ms.");
    }

    private static async Task MemoryAsync(StringBuilder table, GatewayStub stub, int requests, int marks, CancellationToken cancellationToken)
    {
        var loadBefore = Load();
        await using var ours = await ServeAsync(GatewayCore, stub, cancellationToken);
        var target = new GatewayTarget("kintsugi", ours.EndPoint, "", ours);
        var resident = new List<double>();
        table.AppendLine("## Memory").AppendLine();
        table.AppendLine(CultureInfo.InvariantCulture, $"A fresh gateway, different questions at c={AtOnce}, all recorded. Load average {loadBefore} before.").AppendLine();
        table.AppendLine("| requests | resident, MB |").AppendLine("|--:|--:|");
        for (var n = 0; n < marks; n++)
        {
            await GatewayLoad.RunAsync(target, GatewayStub.Plain, n * (requests / marks), requests / marks, AtOnce, cancellationToken);
            resident.Add(ours.ResidentMegabytes);
            table.AppendLine(CultureInfo.InvariantCulture, $"| {(n + 1) * (requests / marks)} | {resident[^1]:0} |");
        }
        table.AppendLine().AppendLine("| wanted | measured | |").AppendLine("|---|--:|---|");
        Line(table, FormattableString.Invariant($"flat: at most {MostGrowth:P0} more after {requests} requests than after half of them"), (resident[^1] / resident[(marks / 2) - 1]) - 1, MostGrowth, "+0.0 %;-0.0 %", "");
        table.AppendLine();
    }

    private static async Task StreamsAsync(StringBuilder table, GatewayStub stub, CancellationToken cancellationToken)
    {
        var loadBefore = Load();
        await MeasuredProcess.PinAsync(BothCores, cancellationToken);
        var direct = await GatewayLoad.RunAsync(new GatewayTarget("", stub.EndPoint, "", null), GatewayStub.Steps, 0, 1, 1, cancellationToken);
        HeldStreams held;
        StalledReaders stalled;
        await using (var ours = await ServeAsync(BothCores, stub, cancellationToken))
        {
            var target = new GatewayTarget("kintsugi", ours.EndPoint, "", ours);
            held = await GatewayStreams.HoldAsync(target, stub, Streams, direct.Exchanges[0].Bytes, cancellationToken);
            stalled = await GatewayStreams.StallAsync(target, stub, Stalled, cancellationToken);
        }
        table.AppendLine("## Streams").AppendLine();
        table.AppendLine(CultureInfo.InvariantCulture, $"A fresh gateway on both cores, which it shares with load and service; a call may be silent for {StreamTimeoutSeconds} s, and {Streams} places at a provider. Load average {loadBefore} before.").AppendLine();
        table.AppendLine("| | |").AppendLine("|---|--:|");
        table.AppendLine(CultureInfo.InvariantCulture, $"| streams asked for at once, {GatewayStub.Chunks} chunks, one every half second | {Streams} |");
        table.AppendLine(CultureInfo.InvariantCulture, $"| open at one moment, as the service saw it | {held.MostAtOnce} |");
        table.AppendLine(CultureInfo.InvariantCulture, $"| whole at the client | {held.Whole} |");
        table.AppendLine(CultureInfo.InvariantCulture, $"| wall time, of which {GatewayStub.Chunks / 2} s are the service's | {held.Elapsed.TotalSeconds:0.0} s |");
        table.AppendLine(CultureInfo.InvariantCulture, $"| CPU of the gateway | {held.CpuSeconds:0.0} s |");
        table.AppendLine(CultureInfo.InvariantCulture, $"| resident before, at the peak | {held.RestMegabytes:0}, {held.PeakMegabytes:0} MB |");
        table.AppendLine(CultureInfo.InvariantCulture, $"| clients that read nothing of a stream that never ends and never pauses | {Stalled} |");
        table.AppendLine(CultureInfo.InvariantCulture, $"| ended by the gateway, the last after | {stalled.HungUp}, {stalled.After.TotalSeconds:0.0} s |");
        table.AppendLine(CultureInfo.InvariantCulture, $"| of which a client sees a broken connection | {stalled.Broken} |");
        table.AppendLine(CultureInfo.InvariantCulture, $"| resident before, at most meanwhile, afterwards | {stalled.BeforeMegabytes:0}, {stalled.MostMegabytes:0}, {stalled.AfterMegabytes:0} MB |");
        table.AppendLine().AppendLine("| wanted | measured | |").AppendLine("|---|--:|---|");
        table.AppendLine(CultureInfo.InvariantCulture, $"| {Streams} streams held at once on two cores, all whole | {Math.Min(held.MostAtOnce, held.Whole)} | {Said(held.MostAtOnce == Streams && held.Whole == Streams)} |");
        table.AppendLine(CultureInfo.InvariantCulture, $"| a client that does not read costs bounded memory, and is let go | {(stalled.MostMegabytes - stalled.BeforeMegabytes) / Stalled:0.0} MB each | {Said(stalled.HungUp == Stalled && stalled.Broken == Stalled)} |");
        table.AppendLine().AppendLine(
            "What a client that does not read costs is the gateway's copy of what the kernel's buffers took on its way, at most the 10 MiB of an answer, and while it is put away a second one; beyond the buffers nothing more is taken from the provider. What ends it is the limit of silence, since nothing can be passed on.");
    }

    private static Task<MeasuredProcess> ServeAsync(string cores, GatewayStub stub, CancellationToken cancellationToken) =>
        MeasuredProcess.OwnAsync(cores, ["gateway-served", stub.Url, StreamTimeoutSeconds], cancellationToken);

    private static double Cpu(List<LoadResult> results) => LoadResult.Median(results.Select(result => result.CpuMicroseconds));

    private static double Whole(List<LoadResult> results) => LoadResult.Median(results.Select(result => result.WholeMilliseconds));

    private static double First(List<LoadResult> results) => LoadResult.Median(results.Select(result => result.FirstMilliseconds));

    private static void Line(StringBuilder table, string wanted, double measured, double most, string format, string unit) =>
        table.AppendLine(CultureInfo.InvariantCulture, $"| {wanted} | {measured.ToString(format, CultureInfo.InvariantCulture)} {unit} | {Said(measured <= most)} |");

    private static string Said(bool reached) => reached ? "reached" : "missed";

    private static string Processor() =>
        File.ReadLines("/proc/cpuinfo").FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal))?.Split(':')[1].Trim() ?? "a processor without a name";

    private static string Load() => File.ReadAllText("/proc/loadavg").Split(' ')[0];
}

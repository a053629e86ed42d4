using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using Kintsugi.Models;
using Kintsugi.Models.Gateway;
using Kintsugi.Tests.Models.Outage;

namespace Kintsugi.Bench.Gateway;

/// <summary>One of two providers fails half of its calls in five ways: is every answer right, given once and paid once?</summary>
public static class OutageDrill
{
    private const int AtOnce = 32;

    private const double Failing = 0.5;

    private static readonly ProviderLimits Provided = new() { Timeout = TimeSpan.FromMilliseconds(500) };

    private static readonly GatewayLimits Limits = new() { FirstPause = TimeSpan.FromMilliseconds(10) };

    public static async Task<int> RunAsync(int requests, int seed, string? file, CancellationToken cancellationToken)
    {
        var loadBefore = Load();
        await using var failing = new OutageStub(seed, Failing, OutageStub.AllWays);
        await using var healthy = new OutageStub(seed, 0, OutageStub.AllWays);
        await failing.StartAsync(cancellationToken);
        await healthy.StartAsync(cancellationToken);
        var calls = new ConcurrentDictionary<int, SampleCalls>();
        var ends = new OutageEnd[requests];
        var took = new double[requests];
        var started = Stopwatch.GetTimestamp();
        decimal spentUsd, heldUsd;
        await using (var served = await ServedGateway.StartAsync([failing.Url, healthy.Url], Provided, Limits, context =>
        {
            var number = int.Parse(context.Request.Headers[OutageClient.NumberHeader].ToString(), CultureInfo.InvariantCulture);
            return calls.GetOrAdd(number, n => new SampleCalls(n.ToString(CultureInfo.InvariantCulture), 0, Recall.Fresh));
        }, cancellationToken))
        {
            using var http = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = served.Url };
            var client = new OutageClient(http);
            await Parallel.ForEachAsync(Enumerable.Range(0, requests), new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancellationToken }, async (n, token) =>
            {
                var asked = Stopwatch.GetTimestamp();
                ends[n] = await client.AskAsync(OutageQuestion.Of(seed, n), token);
                took[n] = Stopwatch.GetElapsedTime(asked).TotalMilliseconds;
            });
            (spentUsd, heldUsd) = (served.Gateway.SpentUsd, served.Gateway.HeldUsd);
        }
        var elapsed = Stopwatch.GetElapsedTime(started);
        await failing.StopAsync(cancellationToken);
        await healthy.StopAsync(cancellationToken);

        var account = new OutageAccount([.. calls.Values.SelectMany(sample => sample.Calls)], [failing, healthy], spentUsd, heldUsd);
        var table = new StringBuilder("# The outage drill").AppendLine().AppendLine();
        table.AppendLine(CultureInfo.InvariantCulture,
            $"Of two providers the preferred one fails {Failing:P0} of its calls, a fifth of those each by 429 without `Retry-After`, 500, silence until the gateway's timeout ({Provided.Timeout.TotalMilliseconds:0} ms here), a connection that breaks within the answer, and garbage with status 200. {requests} questions over HTTP at c={AtOnce}, half of them streamed, seed {seed}; the right answer, and its price, follow from the words of a question. First pause {Limits.FirstPause.TotalMilliseconds:0} ms, all else as in the product, recordings included. {elapsed.TotalSeconds:0} s, load average {loadBefore} before and {Load()} after.").AppendLine();
        Happened(table, requests, ends, took, failing, healthy, account);
        var isAllWell = Wanted(table, requests, ends, failing, healthy, account);
        Console.Write(table);
        if (file is not null) await File.WriteAllTextAsync(file, table.ToString(), cancellationToken);
        return isAllWell ? 0 : 1;
    }

    private static void Happened(StringBuilder table, int requests, OutageEnd[] ends, double[] took, OutageStub failing, OutageStub healthy, OutageAccount account)
    {
        Array.Sort(took);
        table.AppendLine("| | |").AppendLine("|---|--:|");
        Row("calls at the failing provider, at the healthy one", $"{failing.Faults.Count}, {healthy.Faults.Count}");
        foreach (var fault in Enum.GetValues<OutageFault>()) Row($"of the failing provider's: {Words(fault)}", $"{failing.Faults.Count(f => f == fault)}");
        Row("questions that failed over", $"{account.Calls.Count(call => call.Provider == "p1")}");
        Row("questions that met no provider", $"{ends.Count(end => end == OutageEnd.Refused)}");
        Row("streams that broke after their first byte, as the client saw", $"{ends.Count(end => end == OutageEnd.Broken)}");
        Row("milliseconds an answer took: median, 99th percentile, most", string.Create(CultureInfo.InvariantCulture, $"{took[requests / 2]:0}, {took[requests * 99 / 100]:0}, {took[^1]:0}"));
        Row("spent by the gateway's account, as far as it was told", Usd(account.SpentUsd));
        Row("billed for answers that told their usage", Usd(account.BilledToldUsd));
        Row("billed for streams that did not ask for it", $"{Usd(account.BilledUntoldUsd)} ({account.Untold} answers)");
        Row("held by the gateway for calls without usage", $"{Usd(account.HeldUsd)} ({account.Calls.Count(call => call.CostUsd is null)} calls of unknown cost)");
        table.AppendLine();

        void Row(string name, string value) => table.AppendLine(CultureInfo.InvariantCulture, $"| {name} | {value} |");
    }

    private static bool Wanted(StringBuilder table, int requests, OutageEnd[] ends, OutageStub failing, OutageStub healthy, OutageAccount account)
    {
        var isAllWell = true;
        table.AppendLine("| wanted | measured | |").AppendLine("|---|--:|---|");
        Line("every answer that ended is right", $"{ends.Count(end => end == OutageEnd.Right)} right, {ends.Count(end => end is OutageEnd.Wrong)} wrong", !ends.Contains(OutageEnd.Wrong));
        Line("no half answer looks whole", $"{ends.Count(end => end == OutageEnd.Half)}", !ends.Contains(OutageEnd.Half));
        Line("only streams break", $"{Enumerable.Range(0, requests).Count(n => n % 2 == 0 && ends[n] == OutageEnd.Broken)}", Enumerable.Range(0, requests).All(n => n % 2 == 1 || ends[n] != OutageEnd.Broken));
        Line("every question meets a provider", $"{ends.Count(end => end == OutageEnd.Refused)} did not", !ends.Contains(OutageEnd.Refused));
        Line("no question is answered whole twice", $"{account.AnsweredTwice}", account.AnsweredTwice == 0);
        Line("what was told is spent to the last digit", $"{Usd(account.SpentUsd - account.BilledToldUsd)} apart", account.SpentUsd == account.BilledToldUsd);
        Line("what was not told is held by its bound", $"{Usd(account.HeldUsd)} of {Usd(account.BilledUntoldUsd)}", account.HeldUsd >= account.BilledUntoldUsd);
        var most = Math.Max(failing.Attempts.Values.DefaultIfEmpty().Max(), healthy.Attempts.Values.DefaultIfEmpty().Max());
        Line(string.Create(CultureInfo.InvariantCulture, $"at most {Limits.MaxAttempts} attempts of a question at a provider"), $"{most}", most <= Limits.MaxAttempts);
        return isAllWell;

        void Line(string wanted, string measured, bool reached)
        {
            isAllWell &= reached;
            table.AppendLine(CultureInfo.InvariantCulture, $"| {wanted} | {measured} | {(reached ? "reached" : "missed")} |");
        }
    }

    private static string Words(OutageFault fault) => fault switch
    {
        OutageFault.None => "answered",
        OutageFault.RateLimit => "429",
        OutageFault.Error => "500",
        OutageFault.Stall => "silent",
        OutageFault.Cut => "broke off",
        _ => "garbage",
    };

    private static string Usd(decimal usd) => usd.ToString("0.000000", CultureInfo.InvariantCulture) + " USD";

    private static string Load() => File.ReadAllText("/proc/loadavg").Split(' ')[0];
}

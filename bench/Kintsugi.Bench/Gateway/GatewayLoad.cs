using System.Diagnostics;
using System.Net;

namespace Kintsugi.Bench.Gateway;

/// <summary>Who is asked: a gateway, or the stub itself.</summary>
/// <param name="Headers">Lines that it needs, each with its end.</param>
/// <param name="Process">Null for the stub.</param>
internal sealed record GatewayTarget(string Name, IPEndPoint EndPoint, string Headers, MeasuredProcess? Process);

/// <summary>What a number of questions took.</summary>
/// <param name="CpuSeconds">Of the gateway's process.</param>
internal sealed record LoadResult(IReadOnlyList<Exchange> Exchanges, double CpuSeconds, TimeSpan Elapsed)
{
    public double CpuMicroseconds => 1e6 * CpuSeconds / Exchanges.Count;

    public double PerSecond => Exchanges.Count / Elapsed.TotalSeconds;

    public double FirstMilliseconds => Median(Exchanges.Select(exchange => exchange.First.TotalMilliseconds));

    public double WholeMilliseconds => Median(Exchanges.Select(exchange => exchange.Whole.TotalMilliseconds));

    public static double Median(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return sorted[sorted.Length / 2];
    }
}

/// <summary>Asks a number of questions, some at once, each on a kept connection.</summary>
internal static class GatewayLoad
{
    /// <param name="kind">What the stub is to do, a word of <see cref="GatewayStub"/>.</param>
    /// <param name="first">Number of the first question: equal numbers are equal questions.</param>
    public static async Task<LoadResult> RunAsync(GatewayTarget target, string kind, int first, int count, int atOnce, CancellationToken cancellationToken)
    {
        var question = new LoadQuestion(kind, target.Headers);
        var exchanges = new Exchange[count];
        var next = -1;
        var cpu = target.Process?.CpuSeconds ?? 0;
        var started = Stopwatch.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, atOnce).Select(_ => AskAsync()));
        return new LoadResult(exchanges, (target.Process?.CpuSeconds ?? 0) - cpu, Stopwatch.GetElapsedTime(started));

        async Task AskAsync()
        {
            using var connection = await LoadConnection.OpenAsync(target.EndPoint, cancellationToken);
            var copy = question.Copy();
            while (Interlocked.Increment(ref next) is var n && n < count)
            {
                question.SetNumber(copy, first + n);
                exchanges[n] = await connection.AskAsync(copy, cancellationToken);
            }
        }
    }
}

using System.Globalization;
using System.Text;
using Kintsugi.Evaluation.Alarms;
using MathNet.Numerics.Distributions;

namespace Kintsugi.Bench.Alarms;

/// <summary>False alarms and detection of the production alarms on simulated streams, and of the tests of model drift on simulated and recorded answers.</summary>
internal static class AlarmBench
{
    private const double Alpha = 0.05;
    private const int Week = 168;

    /// <param name="trials">Simulated deployments a cell; the longer simulations take a tenth of it.</param>
    public static int Run(int trials, string? file)
    {
        var table = new StringBuilder();
        table.AppendLine("# Production alarms and model drift").AppendLine();
        table.AppendLine(CultureInfo.InvariantCulture, $"`Kintsugi.Bench alarms --trials {trials}`. In brackets one standard error. Alpha is 0.05 everywhere; seeds are fixed.").AppendLine();
        FirstHour(table, trials);
        TimesOfDay(table, trials);
        Novel(table, Math.Max(1, trials / 2));
        AlwaysOn(table, Math.Max(1, trials / 10));
        Canary(table, Math.Max(1, trials / 4));
        Watch(table, Math.Max(1, trials / 4));
        Trends(table, Math.Max(1, trials / 4));
        DriftBench.Write(table, Math.Max(1, trials / 4));
        Console.Write(table);
        if (file is not null) File.WriteAllText(file, table.ToString());
        return 0;
    }

    internal static string Percent(int count, int of)
    {
        var share = (double)count / of;
        return string.Create(CultureInfo.InvariantCulture, $"{100 * share:0.0} ({100 * Math.Sqrt(share * (1 - share) / of):0.0})");
    }

    private static void FirstHour(StringBuilder table, int trials)
    {
        table.AppendLine(CultureInfo.InvariantCulture, $"## The first hour after a deployment, {trials} deployments a cell").AppendLine();
        table.AppendLine("40 signatures, rates exp(N(−0.5, 1.2)) an hour, day 1 + 0.6 sin, gamma noise of shape 2 for each signature and hour; outages: 2 % of the hours, five signatures ×5. A week of history (49 matched hours; four weeks are 196), one hour judged, at a random time of day; the fault hits a random signature. Added errors are Poisson; *noisy* ones share the signature's gamma noise, which is nearly 0 in many hours. Deployments that alarm, %:").AppendLine();
        table.AppendLine("| outages | fault | max statistic | max statistic, four weeks | names the signature | W by (count − mean)/sd | Poisson per signature, P(X ≥ x) | same, P(X > x) | Poisson, Bonferroni |").AppendLine("|---|---|---|---|---|---|---|---|---|");
        var seed = 1;
        foreach (var outages in new[] { false, true })
        {
            foreach (var (name, jump) in new[]
            {
                ("none", Jump.None), ("×3 + 3/h", new(3, 3)), ("×3 + 3/h, noisy", new(3, 3, Steady: false)), ("+ 8/h", new(1, 8)), ("+ 8/h, noisy", new(1, 8, Steady: false)),
                ("+ 15/h", new(1, 15)), ("+ 15/h, noisy", new(1, 15, Steady: false)),
            })
            {
                var random = new Random(seed++);
                var alarms = new int[7];
                for (var t = 0; t < trials; t++)
                {
                    var stream = new ErrorStream(random, outages);
                    var hour = (4 * Week) + random.Next(24);
                    var longer = stream.History(hour - (4 * Week), 4 * Week);
                    var history = longer[(3 * Week)..];
                    var current = stream.Hour(hour, jump);
                    var verdict = DeploymentAlarm.Judge(history, current, Alpha);
                    bool[] alarm =
                    [
                        verdict.Alarm, DeploymentAlarm.Judge(longer, current, Alpha).Alarm, verdict.Suspects.Any(s => s.Signature == stream.Victim), Deviation(history, current),
                        Poissonian(history, current, Alpha, 0), Poissonian(history, current, Alpha, 1), Poissonian(history, current, Alpha / 40, 0),
                    ];
                    for (var i = 0; i < alarm.Length; i++) alarms[i] += alarm[i] ? 1 : 0;
                }

                table.AppendLine(CultureInfo.InvariantCulture, $"| {(outages ? "yes" : "no")} | {name} | {string.Join(" | ", alarms.Select(a => Percent(a, trials)))} |");
            }
        }

        table.AppendLine();
    }

    // The rule of thumb: some signature's count is unlikely under a Poisson of its mean over the week.
    private static bool Poissonian(List<HourCounts> history, HourCounts current, double alpha, int atLeast) =>
        current.Errors.Any(error =>
        {
            var mean = history.Average(h => h.Errors.GetValueOrDefault(error.Key));
            return mean == 0 || 1 - Poisson.CDF(mean, error.Value - 1 + atLeast) < alpha;
        });

    // The plain form of the same rank test: the largest (count − mean) / sd, mean and sd over the compared hours.
    private static bool Deviation(List<HourCounts> history, HourCounts current)
    {
        List<HourCounts> hours = [.. history.Where(h => Math.Abs(((h.Hour.Hour - current.Hour.Hour + 36) % 24) - 12) <= 3), current];
        var largest = new double[hours.Count];
        foreach (var signature in hours.SelectMany(h => h.Errors.Keys).Distinct())
        {
            var counts = hours.ConvertAll(h => (double)h.Errors.GetValueOrDefault(signature));
            var mean = counts.Average();
            var sd = Math.Sqrt(counts.Sum(c => (c - mean) * (c - mean)) / (counts.Count - 1));
            for (var i = 0; i < largest.Length; i++) largest[i] = Math.Max(largest[i], (counts[i] - mean) / sd);
        }

        return (1.0 + largest.Take(largest.Length - 1).Count(w => w >= largest[^1] - 1e-9)) / largest.Length <= Alpha;
    }

    private static void TimesOfDay(StringBuilder table, int trials)
    {
        table.AppendLine(CultureInfo.InvariantCulture, $"## False alarms where every deployment comes at the same time of day, {trials} each").AppendLine();
        table.AppendLine("The day is estimated, so the judged hour and its references are only nearly exchangeable.").AppendLine();
        table.AppendLine("| hour | alarms %, no outages | with outages |").AppendLine("|---|---|---|");
        foreach (var (at, name) in new[] { (0, "0 (rising)"), (6, "6 (the peak)"), (12, "12 (falling)"), (18, "18 (the trough)") })
        {
            var alarms = new int[2];
            foreach (var outages in new[] { 0, 1 })
            {
                var random = new Random(100 + at + outages);
                for (var t = 0; t < trials; t++)
                {
                    var stream = new ErrorStream(random, outages == 1);
                    alarms[outages] += DeploymentAlarm.Judge(stream.History(at, Week), stream.Hour(Week + at), Alpha).Alarm ? 1 : 0;
                }
            }

            table.AppendLine(CultureInfo.InvariantCulture, $"| {name} | {Percent(alarms[0], trials)} | {Percent(alarms[1], trials)} |");
        }

        table.AppendLine();
    }

    private static void Novel(StringBuilder table, int trials)
    {
        table.AppendLine(CultureInfo.InvariantCulture, $"## Messages never seen before, {trials} deployments a cell").AppendLine();
        table.AppendLine("The stream with outages and beside it 2,000 rare messages of 0.002 an hour each, so that in every hour a few appear for the first time. The fault is one new message. Deployments that alarm, and that name `novel`, %:").AppendLine();
        table.AppendLine("| new errors an hour | alarm | names `novel` |").AppendLine("|---|---|---|");
        foreach (var added in new[] { 0, 3, 8, 15, 30 })
        {
            var random = new Random(200 + added);
            int alarms = 0, named = 0;
            for (var t = 0; t < trials; t++)
            {
                var stream = new ErrorStream(random, outages: true, rareTemplates: 2000);
                var hour = Week + random.Next(24);
                var verdict = DeploymentAlarm.Judge(stream.History(hour - Week, Week), stream.Hour(hour, new Jump(1, added), "new"), Alpha);
                alarms += verdict.Alarm ? 1 : 0;
                named += verdict.Suspects.Any(s => s.Signature == HourCounts.Novel) ? 1 : 0;
            }

            table.AppendLine(CultureInfo.InvariantCulture, $"| {added} | {Percent(alarms, trials)} | {Percent(named, trials)} |");
        }

        table.AppendLine();
    }

    private static void AlwaysOn(StringBuilder table, int trials)
    {
        table.AppendLine(CultureInfo.InvariantCulture, $"## The always-on e-process, alarm at 20, {trials} deployments a cell").AppendLine();
        table.AppendLine("Deployments that have alarmed by then, % (the fault begins with the deployment and stays):").AppendLine();
        table.AppendLine("| outages | fault | 1 hour | 6 hours | 24 hours | 168 hours |").AppendLine("|---|---|---|---|---|---|");
        var seed = 300;
        foreach (var outages in new[] { false, true })
        {
            foreach (var (name, jump) in new[] { ("none", Jump.None), ("×2", new(2, 0)), ("×3 + 3/h", new(3, 3)), ("+ 3/h", new(1, 3)), ("+ 8/h", new(1, 8)) })
            {
                var random = new Random(seed++);
                var alarms = new int[4];
                int[] looks = [1, 6, 24, Week];
                for (var t = 0; t < trials; t++)
                {
                    var stream = new ErrorStream(random, outages);
                    var process = RateProcess.Start(stream.History(0, Week));
                    var first = int.MaxValue;
                    for (var hour = 1; hour <= Week && first == int.MaxValue; hour++)
                    {
                        process = process.After(stream.Hour(Week + hour, jump));
                        if (process.EValue >= 1 / Alpha) first = hour;
                    }

                    for (var i = 0; i < looks.Length; i++) alarms[i] += first <= looks[i] ? 1 : 0;
                }

                table.AppendLine(CultureInfo.InvariantCulture, $"| {(outages ? "yes" : "no")} | {name} | {string.Join(" | ", alarms.Select(a => Percent(a, trials)))} |");
            }
        }

        table.AppendLine();
    }

    private static void Canary(StringBuilder table, int trials)
    {
        table.AppendLine(CultureInfo.InvariantCulture, $"## Two versions live, {trials} canaries a cell").AppendLine();
        table.AppendLine("The same stream, 10,000 requests an hour divided at random; outages and noise hit both versions. Rates are of all traffic: at a share of 10 % the candidate meets a tenth of an added error. Canaries that alarm, %:").AppendLine();
        table.AppendLine("| outages | fault | 10 % of the traffic, 1 hour | 10 %, 24 hours | 50 %, 1 hour | 50 %, 6 hours |").AppendLine("|---|---|---|---|---|---|");
        var seed = 400;
        foreach (var outages in new[] { false, true })
        {
            foreach (var (name, jump) in new[] { ("none", Jump.None), ("×3 + 3/h", new(3, 3)), ("+ 8/h", new Jump(1, 8)), ("+ 15/h", new Jump(1, 15)) })
            {
                var random = new Random(seed++);
                List<string> cells = [];
                foreach (var (share, hours) in new[] { (0.1, 1), (0.1, 24), (0.5, 1), (0.5, 6) })
                {
                    var alarms = 0;
                    for (var t = 0; t < trials; t++)
                    {
                        var stream = new ErrorStream(random, outages);
                        var start = random.Next(24);
                        alarms += CanaryTest.Judge([.. Enumerable.Range(start, hours).Select(h => stream.Split(h, 10_000, share, jump))], Alpha).Alarm ? 1 : 0;
                    }

                    cells.Add(Percent(alarms, trials));
                }

                table.AppendLine(CultureInfo.InvariantCulture, $"| {(outages ? "yes" : "no")} | {name} | {string.Join(" | ", cells)} |");
            }
        }

        table.AppendLine();
    }

    private static void Watch(StringBuilder table, int trials)
    {
        table.AppendLine(CultureInfo.InvariantCulture, $"## The watch as it runs, {trials} deployments a cell").AppendLine();
        table.AppendLine("`ProductionWatch`: all three comparisons, a week of history, 2,000 requests an hour, at a random time of day. *At once*: the new version takes all traffic within its first hour; *beside*: it has 10 % of the requests for 24 hours, which chance divides, and all after that. Deployments that have alarmed by then, % (the fault begins with the deployment and stays):").AppendLine();
        table.AppendLine("| outages | rollout | fault | 3 hours | 6 hours | 24 hours | 168 hours | names the signature |").AppendLine("|---|---|---|---|---|---|---|---|");
        var seed = 500;
        foreach (var outages in new[] { false, true })
        {
            foreach (var beside in new[] { false, true })
            {
                foreach (var (name, jump) in new[] { ("none", Jump.None), ("×2", new Jump(2, 0)), ("×3 + 3/h", new(3, 3)), ("+ 8/h", new(1, 8)), ("+ 15/h", new(1, 15)) })
                {
                    var random = new Random(seed++);
                    var alarms = new int[5];
                    int[] looks = [3, 6, 24, Week];
                    for (var t = 0; t < trials; t++)
                    {
                        var stream = new ErrorStream(random, outages);
                        var start = Week + random.Next(24);
                        List<VersionHour> hours = [.. stream.History(start - Week, Week).Select(h => new VersionHour("1", h.Hour, 2_000, h.Errors))];
                        for (var hour = 0; hour < Week; hour++) hours.AddRange(Served(stream, start + hour, beside && hour < 24, jump));
                        if (ProductionWatch.Judge(hours) is not [var alarm]) continue;
                        var after = (alarm.Until - alarm.Deployed).TotalHours;
                        for (var i = 0; i < looks.Length; i++) alarms[i] += after <= looks[i] ? 1 : 0;
                        alarms[4] += alarm.Risen.Any(r => r.Signature == stream.Victim) ? 1 : 0;
                    }

                    table.AppendLine(CultureInfo.InvariantCulture, $"| {(outages ? "yes" : "no")} | {(beside ? "beside" : "at once")} | {name} | {string.Join(" | ", alarms.Select(a => Percent(a, trials)))} |");
                }
            }
        }

        table.AppendLine();
    }

    private static IEnumerable<VersionHour> Served(ErrorStream stream, int hour, bool beside, Jump jump)
    {
        if (!beside)
        {
            var all = stream.Hour(hour, jump);
            return [new VersionHour("2", all.Hour, 2_000, all.Errors)];
        }
        var (split, at) = (stream.Split(hour, 2_000, 0.1, jump), ErrorStream.At(hour));
        return [new VersionHour("2", at, split.CandidateRequests, split.CandidateErrors), new VersionHour("1", at, split.ControlRequests, split.ControlErrors)];
    }

    private static void Trends(StringBuilder table, int trials)
    {
        table.AppendLine(CultureInfo.InvariantCulture, $"## Slow trends: 60 values, {trials} series a cell").AppendLine();
        table.AppendLine("Log-normal values (sigma 0.3), a change after the 40th. Series with any change point, and with one within three values of the right place, %; median distance where found:").AppendLine();
        table.AppendLine("| series | any change point | within 3 | median distance |").AppendLine("|---|---|---|---|");
        var seed = 500;
        foreach (var (name, level, spread, memory) in new[]
        {
            ("no change", 1.0, 0.3, 0.0), ("level + 20 %", 1.2, 0.3, 0), ("level + 30 %", 1.3, 0.3, 0), ("level + 50 %", 1.5, 0.3, 0), ("spread × 3", 1.0, 0.9, 0),
            ("no change, but each value resembles the last (0.5): the assumption is broken", 1.0, 0.3, 0.5),
        })
        {
            var random = new Random(seed++);
            int any = 0, near = 0;
            List<int> distances = [];
            for (var t = 0; t < trials; t++)
            {
                var series = new double[60];
                var deviation = 0.0;
                for (var i = 0; i < series.Length; i++)
                {
                    deviation = (memory * deviation) + (Math.Sqrt(1 - (memory * memory)) * Normal.Sample(random, 0, 1));
                    series[i] = i < 40 ? Math.Exp(0.3 * deviation) : level * Math.Exp(spread * deviation);
                }

                var found = ChangePoints.Find(series, Alpha, random);
                if (found.Count == 0) continue;
                var distance = found.Min(c => Math.Abs(c.Index - 40));
                any++;
                near += distance <= 3 ? 1 : 0;
                distances.Add(distance);
            }

            var isChange = level != 1 || spread != 0.3;
            table.AppendLine(CultureInfo.InvariantCulture,
                $"| {name} | {Percent(any, trials)} | {(isChange ? Percent(near, trials) : "–")} | {(isChange && distances.Count > 0 ? distances.Order().ElementAt(distances.Count / 2) : "–")} |");
        }

        table.AppendLine();
    }
}

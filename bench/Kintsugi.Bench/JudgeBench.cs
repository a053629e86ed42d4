using System.Globalization;
using System.Text;
using Kintsugi.Evaluation.Detection;
using Kintsugi.Evaluation.Judges;
using Kintsugi.Tests;

namespace Kintsugi.Bench;

/// <summary>Judges as instruments: cover and width of corrected rates, accuracy of panels, false alarms and power of the drift test.</summary>
public static class JudgeBench
{
    private const double Error = 0.05;

    private static readonly string[] Panel = ["GPT-4", "PaLM2", "ChatGPT", "LLaMA2", "Falcon"];

    /// <param name="trials">Draws a cell.</param>
    /// <param name="data">Directory of the recorded data; null for `../shared/data` beside the checkout.</param>
    public static int Run(int trials, string? data, string? file)
    {
        if ((data ?? Path.GetDirectoryName(RecordedData.Find("llmbar_judges.csv"))) is not { } directory || !File.Exists(Path.Combine(directory, "llmbar_judges.csv")))
        {
            Console.Error.WriteLine($"llmbar_judges.csv and pandalm_judgements.csv are not in {data ?? "../shared/data beside the checkout"}. Name their directory with --data.");
            return 2;
        }

        var table = new StringBuilder();
        table.AppendLine("# Judges as instruments").AppendLine();
        table.AppendLine(CultureInfo.InvariantCulture,
            $"`Kintsugi.Bench judges --trials {trials}`, seeds fixed. Intervals 95 %. In brackets the standard error of the simulation. Recorded data: the PandaLM test set (999 pairs, three people, two judges) and LLMBar (419 pairs, five judges, both orders).").AppendLine();
        var pairs = ReadPandaLm(Path.Combine(directory, "pandalm_judgements.csv"));
        RecordedRates(table, pairs, trials);
        RatesNearOne(table, trials);
        Differences(table, trials);
        Panels(table, ReadLlmBar(Path.Combine(directory, "llmbar_judges.csv")), trials / 4);
        Drift(table, trials);
        Console.Write(table);
        if (file is not null) File.WriteAllText(file, table.ToString());
        return 0;
    }

    private static void RecordedRates(StringBuilder table, List<(bool Passed, double Gpt35, double Both)> pairs, int trials)
    {
        var truth = pairs.Average(p => p.Passed ? 1.0 : 0);
        table.AppendLine("## A rate on recorded judgements: how often response 1 wins (PandaLM)").AppendLine();
        table.AppendLine(CultureInfo.InvariantCulture, $"Truth: the majority of three people, {truth:0.0000} over all 999 pairs; raw rate of GPT-3.5 {pairs.Average(p => p.Gpt35):0.0000}. An unreadable verdict is ½. n labels, the other 999 − n judged only. *iid*: both drawn with replacement, which is what the intervals are made for. *finite*: without replacement, so that labels and the rest are all there is, and every nominal interval is too wide by construction, the more the larger n. Widths relative to the labels' own mean ± t·SE; \"both\" takes the mean vote of GPT-3.5 and PandaLM-7B as the judge. Wanted: cover 93–98 %, width ≤ 0.87.").AppendLine();
        table.AppendLine("| draws | n | labels alone: cover %, width | Wilson: cover %, width | PPI++ GPT-3.5: cover % | width | relative | relative to Wilson | PPI++ both: cover %, relative | Rogan–Gladen: cover %, width | contradicted % | raw judge: cover % |").AppendLine("|---|---|---|---|---|---|---|---|---|---|---|---|");
        var seed = 1;
        var reached = new List<string>();
        foreach (var draws in new[] { "iid", "finite" })
        {
            List<double> covers = [], widths = [], toWilson = [];
            foreach (var n in new[] { 30, 50, 100, 200 })
            {
                var random = new Random(seed++);
                Tally alone = new(), wilson = new(), powered = new(), both = new(), rogan = new(), raw = new();
                var contradicted = 0;
                for (var trial = 0; trial < trials; trial++)
                {
                    var drawn = draws == "iid" ? random.GetItems(pairs.ToArray(), pairs.Count) : Shuffled(pairs, random);
                    var (labelled, others) = (drawn[..n], drawn[n..]);
                    List<JudgedOutput> outputs = [.. labelled.Select(p => new JudgedOutput(p.Passed, p.Gpt35))];
                    var rate = PredictionPowered.Rate(outputs, [.. others.Select(p => p.Gpt35)], Error);
                    var check = RoganGladen.Rate(Count(outputs), others.Count(p => p.Gpt35 == 1), others.Count(p => p.Gpt35 != 0.5), Error);
                    alone.Add(PredictionPowered.Rate(outputs, [], Error), truth);
                    wilson.Add(RateInterval.Wilson(labelled.Count(p => p.Passed), n, Error), truth);
                    powered.Add(rate, truth);
                    both.Add(PredictionPowered.Rate([.. labelled.Select(p => new JudgedOutput(p.Passed, p.Both))], [.. others.Select(p => p.Both)], Error), truth);
                    rogan.Add(check, truth);
                    raw.Add(RateInterval.Wilson((int)drawn.Sum(p => p.Gpt35), drawn.Length, Error), truth);
                    contradicted += rate.Contradicts(check) ? 1 : 0;
                }

                table.AppendLine(CultureInfo.InvariantCulture,
                    $"| {draws} | {n} | {alone.Cover}, {alone.Width:0.000} | {wilson.Cover}, {wilson.Width:0.000} | {powered.Cover} | {powered.Width:0.000} | {powered.Width / alone.Width:0.000} | {powered.Width / wilson.Width:0.000} | {both.Cover}, {both.Width / alone.Width:0.000} | {rogan.Cover}, {rogan.Width:0.000} | {Percent(contradicted, trials)} | {raw.Cover} |");
                if (n < 50) continue;
                covers.Add(powered.Covered);
                widths.Add(powered.Width / alone.Width);
                toWilson.Add(powered.Width / wilson.Width);
            }

            reached.Add(string.Create(CultureInfo.InvariantCulture,
                $"{draws}: cover {covers.Min():0.0}–{covers.Max():0.0} %, relative width {widths.Min():0.000}–{widths.Max():0.000} ({toWilson.Min():0.000}–{toWilson.Max():0.000} of Wilson's)"));
        }

        table.AppendLine().AppendLine(CultureInfo.InvariantCulture, $"Reached with GPT-3.5 at 50–200 labels: {string.Join("; ", reached)}.");

        table.AppendLine();
    }

    private static void RatesNearOne(StringBuilder table, int trials)
    {
        table.AppendLine("## A rate near one, simulated").AppendLine();
        table.AppendLine(CultureInfo.InvariantCulture, $"An output passes with the true rate; the judge has the given sensitivity and specificity, independent from output to output; n labelled, 500 judged only. *asymptotic alone* is what PPI++ gives without falling back to the labels where fewer than {PredictionPowered.FewestOfEach} of them differ from the rest.").AppendLine();
        table.AppendLine("| true rate | sens, spec | n | labels alone, exact: cover %, width | asymptotic alone: cover % | PPI++: cover % | width | fell back % |").AppendLine("|---|---|---|---|---|---|---|---|");
        var seed = 100;
        foreach (var truth in new[] { 0.8, 0.9, 0.95, 0.98 })
        {
            foreach (var (sensitivity, specificity) in new[] { (0.9, 0.8), (0.97, 0.9) })
            {
                foreach (var n in new[] { 50, 100, 200 })
                {
                    var random = new Random(seed++);
                    Tally exact = new(), asymptotic = new(), powered = new();
                    var fellBack = 0;
                    for (var trial = 0; trial < trials; trial++)
                    {
                        List<JudgedOutput> labelled = [.. Enumerable.Range(0, n).Select(_ => Draw())];
                        List<double> others = [.. Enumerable.Range(0, 500).Select(_ => Draw().Judge)];
                        var rate = PredictionPowered.Rate(labelled, others, Error);
                        exact.Add(RateInterval.ClopperPearson(labelled.Count(o => o.Passed), n, Error), truth);
                        powered.Add(rate, truth);
                        asymptotic.Add(Asymptotic(labelled, others), truth);
                        fellBack += rate.Method == RateMethod.HumanOnly ? 1 : 0;
                    }

                    table.AppendLine(CultureInfo.InvariantCulture,
                        $"| {truth} | {sensitivity}, {specificity} | {n} | {exact.Cover}, {exact.Width:0.000} | {asymptotic.Cover} | {powered.Cover} | {powered.Width:0.000} | {Percent(fellBack, trials)} |");

                    JudgedOutput Draw() => Judged(random, random.NextDouble() < truth, sensitivity, specificity);
                }
            }
        }

        table.AppendLine();
    }

    private static void Differences(StringBuilder table, int trials)
    {
        table.AppendLine("## A difference of rates, simulated").AppendLine();
        table.AppendLine("A sample fails on the baseline 5 % (60 % of the samples), 20 % (25 %) or 50 % (15 %) of the time, on the candidate with its failure odds multiplied; n samples labelled on both versions, 500 judged only. *alike*: sensitivity 0.9, specificity 0.8 on both. *flattering*: specificity 0.5 on the candidate, which Rogan–Gladen cannot know: its rates come from labels of both versions together.").AppendLine();
        table.AppendLine("| odds | judge | n | labels alone: cover %, width | PPI++: cover % | width | relative | fell back % | Rogan–Gladen: cover %, width | raw judge: bias |").AppendLine("|---|---|---|---|---|---|---|---|---|---|");
        var seed = 200;
        (double Share, double Fails)[] kinds = [(0.60, 0.05), (0.25, 0.20), (0.15, 0.50)];
        foreach (var odds in new[] { 1.0, 3.0 })
        {
            foreach (var judge in new[] { "alike", "flattering" })
            {
                foreach (var n in new[] { 50, 100, 200 })
                {
                    var random = new Random(seed++);
                    var truth = kinds.Sum(k => k.Share * (k.Fails - Worse(k.Fails)));
                    Tally alone = new(), powered = new(), rogan = new();
                    var fellBack = 0;
                    var bias = 0.0;
                    for (var trial = 0; trial < trials; trial++)
                    {
                        List<(JudgedOutput Baseline, JudgedOutput Candidate)> labelled = [.. Enumerable.Range(0, n).Select(_ => Draw())];
                        List<(double, double)> others = [.. Enumerable.Range(0, 500).Select(_ => Draw()).Select(o => (o.Baseline.Judge, o.Candidate.Judge))];
                        var difference = PredictionPowered.Difference(labelled, others, Error);
                        alone.Add(PredictionPowered.Difference(labelled, [], Error), truth);
                        powered.Add(difference, truth);
                        rogan.Add(RoganGladen.Difference(Count(labelled.SelectMany(o => new[] { o.Baseline, o.Candidate })), others, Error), truth);
                        fellBack += difference.Method == RateMethod.HumanOnly ? 1 : 0;
                        bias += (others.Average(o => o.Item2 - o.Item1) - truth) / trials;
                    }

                    table.AppendLine(CultureInfo.InvariantCulture,
                        $"| ×{odds} | {judge} | {n} | {alone.Cover}, {alone.Width:0.000} | {powered.Cover} | {powered.Width:0.000} | {powered.Width / alone.Width:0.000} | {Percent(fellBack, trials)} | {rogan.Cover}, {rogan.Width:0.000} | {Math.Round(bias, 3):+0.000;-0.000;0.000} |");

                    (JudgedOutput Baseline, JudgedOutput Candidate) Draw()
                    {
                        var u = random.NextDouble();
                        var fails = u < 0.60 ? 0.05 : u < 0.85 ? 0.20 : 0.50;
                        return (Judged(random, random.NextDouble() >= fails, 0.9, 0.8),
                            Judged(random, random.NextDouble() >= Worse(fails), 0.9, judge == "alike" ? 0.8 : 0.5));
                    }
                }
            }

            double Worse(double fails) => odds * fails / (1 - fails + (odds * fails));
        }

        table.AppendLine();
    }

    private static void Panels(StringBuilder table, List<(LabelledVotes Votes, bool IsNatural)> items, int trials)
    {
        table.AppendLine("## A panel of five judges on recorded pairs (LLMBar)").AppendLine();
        table.AppendLine(CultureInfo.InvariantCulture, $"419 pairs, {Panel.Length} judges ({string.Join(", ", Panel)}), a judge votes where both orders agree. n random labels calibrate, the other pairs are judged; an abstention counts one half. {trials} draws. *by slice* knows whether a pair is natural or adversarial: the data set's own tag. Wanted: ≥ 78 % with 50 labels. Without labels: best single judge {Single(items, 0):0.0} %, unweighted panel {Unweighted(items):0.0} %.").AppendLine();
        table.AppendLine("| n | weights | all % | natural % | adversarial % | abstained % | right of decided % | at margin 1: abstained %, right of decided % |").AppendLine("|---|---|---|---|---|---|---|---|");
        foreach (var n in new[] { 20, 50, 100 })
        {
            foreach (var weights in new[] { "of all labels", "by slice" })
            {
                var random = new Random(300 + n);
                Score all = new(), natural = new(), adversarial = new(), doubting = new();
                for (var trial = 0; trial < trials; trial++)
                {
                    var drawn = Shuffled(items, random);
                    var panel = PanelCalibration.OfPairs([.. drawn[..n].Select(i => weights == "by slice" ? i.Votes : i.Votes with { Slice = "" })]);
                    foreach (var part in new[] { all, natural, adversarial, doubting }) part.Start();
                    foreach (var (votes, isNatural) in drawn[n..])
                    {
                        var vote = panel.Decide(votes.Votes, votes.Slice, 0).Vote;
                        all.Add(vote, votes.Yes);
                        (isNatural ? natural : adversarial).Add(vote, votes.Yes);
                        doubting.Add(panel.Decide(votes.Votes, votes.Slice, 1).Vote, votes.Yes);
                    }
                }

                table.AppendLine(CultureInfo.InvariantCulture,
                    $"| {n} | {weights} | {all.Mean} | {natural.Mean} | {adversarial.Mean} | {all.Abstained:0.0} | {all.RightOfDecided:0.0} | {doubting.Abstained:0.0}, {doubting.RightOfDecided:0.0} |");
            }
        }

        table.AppendLine();
    }

    private static void Drift(StringBuilder table, int trials)
    {
        table.AppendLine("## A judge that drifts, simulated").AppendLine();
        table.AppendLine("60 % of the frozen items pass; the judge is right about 85 % of them in the long run; each vote is its usual one except in 3 % of the runs. The card has repetitions of as many other items. Error 5 %. Changes: *strict*, the share of usual yes votes that turn no; *poor*, the share of all usual votes that turn around; *restless*, the share of runs off the usual vote.").AppendLine();
        table.AppendLine("| frozen items | change | drifted % | correctness, leniency, unrest: each alone at a third of the error, % |").AppendLine("|---|---|---|---|");
        var seed = 400;
        foreach (var items in new[] { 50, 100, 200 })
        {
            foreach (var (change, share) in new[] { ("none", 0.0), ("strict", 0.1), ("strict", 0.2), ("poor", 0.1), ("poor", 0.2), ("restless", 0.1), ("restless", 0.2) })
            {
                var random = new Random(seed++);
                int drifted = 0, correctness = 0, leniency = 0, unrest = 0;
                for (var trial = 0; trial < trials; trial++)
                {
                    var steady = Enumerable.Range(0, items).Count(_ => random.NextDouble() < 0.03 == random.NextDouble() < 0.03);
                    var drift = JudgeDrift.Test([.. Enumerable.Range(0, items).Select(_ => Item(random, change, share))], new Proportion(steady, items), Error);
                    drifted += drift.Drifted ? 1 : 0;
                    correctness += 3 * drift.Correctness <= Error ? 1 : 0;
                    leniency += 3 * drift.Leniency <= Error ? 1 : 0;
                    unrest += 3 * drift.Unrest <= Error ? 1 : 0;
                }

                table.AppendLine(CultureInfo.InvariantCulture,
                    $"| {items} | {change}{(share > 0 ? $" {100 * share:0} %" : "")} | {Percent(drifted, trials)} | {Percent(correctness, trials)}, {Percent(leniency, trials)}, {Percent(unrest, trials)} |");
            }
        }

        static FrozenItem Item(Random random, string change, double share)
        {
            var passed = random.NextDouble() < 0.6;
            var usual = random.NextDouble() < 0.85 == passed;
            var now = (change == "strict" && usual) || change == "poor" ? usual ^ (random.NextDouble() < share) : usual;
            var off = change == "restless" ? share : 0.03;
            return new FrozenItem("", passed, Vote(usual ^ (random.NextDouble() < 0.03)), Vote(now ^ (random.NextDouble() < off)));
        }

        static Vote Vote(bool yes) => yes ? Kintsugi.Evaluation.Judges.Vote.Yes : Kintsugi.Evaluation.Judges.Vote.No;
    }

    private static JudgedOutput Judged(Random random, bool passed, double sensitivity, double specificity) =>
        new(passed, random.NextDouble() < (passed ? sensitivity : 1 - specificity) ? 1 : 0);

    // The textbook interval, normal and without the fall-back, to show what that is for.
    private static (double Low, double High) Asymptotic(List<JudgedOutput> labelled, List<double> others)
    {
        double n = labelled.Count, m = others.Count;
        double y = labelled.Average(o => o.Passed ? 1.0 : 0), f = labelled.Average(o => o.Judge), u = others.Average();
        var covariance = (labelled.Count(o => o.Passed && o.Judge == 1) - (n * y * f)) / (n - 1);
        double labelledSpread = n * f * (1 - f) / (n - 1), pooled = ((n * f) + (m * u)) / (n + m);
        var spread = pooled * (1 - pooled);
        var weight = spread > 0 ? Math.Clamp(covariance / (spread * (1 + (n / m))), 0, 1) : 0;
        var variance = (((n * y * (1 - y) / (n - 1)) - (2 * weight * covariance) + (weight * weight * labelledSpread)) / n) + (weight * weight * spread / m);
        var half = 1.959964 * Math.Sqrt(Math.Max(0, variance));
        return (y + (weight * (u - f)) - half, y + (weight * (u - f)) + half);
    }

    private static Confusion Count(IEnumerable<JudgedOutput> outputs)
    {
        var counts = outputs.CountBy(o => o).ToDictionary();
        return new Confusion(Of(true, 1), Of(true, 0), Of(false, 1), Of(false, 0), Of(true, 0.5) + Of(false, 0.5));

        int Of(bool passed, double judge) => counts.GetValueOrDefault(new JudgedOutput(passed, judge));
    }

    private static double Single(List<(LabelledVotes Votes, bool IsNatural)> items, int judge) =>
        100 * items.Average(i => Credit(i.Votes.Votes[judge], i.Votes.Yes));

    private static double Unweighted(List<(LabelledVotes Votes, bool IsNatural)> items) =>
        100 * items.Average(i => Credit((Vote)Math.Sign(i.Votes.Votes.Sum(v => (int)v)), i.Votes.Yes));

    private static double Credit(Vote vote, bool yes) => vote == Vote.Abstained ? 0.5 : vote == Vote.Yes == yes ? 1 : 0;

    private static T[] Shuffled<T>(List<T> items, Random random)
    {
        var shuffled = items.ToArray();
        random.Shuffle(shuffled);
        return shuffled;
    }

    private static List<(bool Passed, double Gpt35, double Both)> ReadPandaLm(string path) =>
    [
        .. from cells in File.ReadLines(path).Skip(1).Select(line => line.Split(','))
           let first = cells[2..5].Count(vote => vote == "1") >= 2
           select (first, Number(cells[5]), (Number(cells[5]) + Number(cells[6])) / 2),
    ];

    private static double Number(string verdict) => verdict switch { "1" => 1, "" => 0.5, _ => 0 };

    private static List<(LabelledVotes Votes, bool IsNatural)> ReadLlmBar(string path) =>
    [
        .. from cells in File.ReadLines(path).Skip(1).Select(line => line.Split(','))
           group cells by cells[0] into item
           let first = item.First()
           let slice = first[1] == "natural" ? "natural" : "adversarial"
           let votes = Panel.Select(judge => BothOrders.Vote(Of(item, judge, "1"), Of(item, judge, "2"))).ToList()
           select (new LabelledVotes(first[5] == "1", slice, votes), slice == "natural"),
    ];

    private static Vote Of(IEnumerable<string[]> item, string judge, string order) =>
        item.Single(cells => cells[2] == judge && cells[3] == order)[4] switch { "1" => Vote.Yes, "2" => Vote.No, _ => Vote.Abstained };

    private static string Percent(int count, int of)
    {
        var share = (double)count / of;
        return string.Create(CultureInfo.InvariantCulture, $"{100 * share:0.0} ({100 * Math.Sqrt(share * (1 - share) / of):0.0})");
    }

    /// <summary>How often intervals hold the truth, and how wide they are.</summary>
    private sealed class Tally
    {
        private int _trials, _covered;
        private double _width;

        public string Cover => Percent(_covered, _trials);

        public double Covered => 100.0 * _covered / _trials;

        public double Width => _width / _trials;

        public void Add(CorrectedRate rate, double truth) => Add((rate.Low, rate.High), truth);

        public void Add((double Low, double High) interval, double truth)
        {
            _trials++;
            _covered += interval.Low <= truth && truth <= interval.High ? 1 : 0;
            _width += interval.High - interval.Low;
        }
    }

    /// <summary>Verdicts of a panel, a draw of labels after the other: the standard error is that of the mean over draws.</summary>
    private sealed class Score
    {
        private readonly List<(double Credit, int Abstained, int Right, int Of)> _draws = [];

        public string Mean
        {
            get
            {
                var shares = _draws.Select(d => 100 * d.Credit / d.Of).ToList();
                var mean = shares.Average();
                var error = Math.Sqrt(shares.Sum(s => (s - mean) * (s - mean)) / (shares.Count - 1) / shares.Count);
                return string.Create(CultureInfo.InvariantCulture, $"{mean:0.0} ({error:0.00})");
            }
        }

        public double Abstained => 100.0 * _draws.Sum(d => d.Abstained) / _draws.Sum(d => d.Of);

        public double RightOfDecided => 100.0 * _draws.Sum(d => d.Right) / _draws.Sum(d => d.Of - d.Abstained);

        public void Start() => _draws.Add(default);

        public void Add(Vote vote, bool yes)
        {
            var credit = Credit(vote, yes);
            var (sum, abstained, right, of) = _draws[^1];
            _draws[^1] = (sum + credit, abstained + (vote == Vote.Abstained ? 1 : 0), right + (credit == 1 ? 1 : 0), of + 1);
        }
    }
}

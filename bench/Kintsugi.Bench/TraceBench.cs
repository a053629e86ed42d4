using System.Globalization;
using System.Text;
using System.Text.Json;
using Kintsugi.Healing.Triage;
using Kintsugi.Tests;

namespace Kintsugi.Bench;

/// <summary>How often the token-free ranker names the step and the agent that a person blamed, beside predictors that do not read the trace at all.</summary>
public static class TraceBench
{
    private const int Folds = 10;
    private const int Seeds = 10;

    /// <summary>A log, and the agent that is blamed, which in a few logs is not the one of the blamed step.</summary>
    private sealed record Log(LabelledTrace Labelled, string MistakeAgent)
    {
        public FailedTrace Trace => Labelled.Trace;
    }

    /// <summary>Share of each log that a method gets right: 0 or 1, or the mean over seeds or over a uniform draw.</summary>
    private sealed record Result(double[] Step, double[] Agent, double[]? TopThree, double[]? TopFive);

    private const string Data = "who_and_when_algorithm.jsonl";

    /// <param name="data">The recorded logs; null to look for them beside and above the repository.</param>
    public static int Run(string? data, string? file)
    {
        data ??= RecordedData.Find(Data) ?? throw new FileNotFoundException($"{Data} lies in no shared/data directory beside or above the repository. Give its path with --data.");
        var logs = File.ReadLines(data).Select(Parse).ToList();
        var table = new StringBuilder();
        table.AppendLine("# Which step and which agent spoiled a trajectory, without a token").AppendLine();
        table.AppendLine(CultureInfo.InvariantCulture, $"{logs.Count} recorded failures of teams of agents ({Path.GetFileName(data)}, the algorithm-generated logs of Who&When), labels by people. The ranker is fitted on nine tenths of the logs and judged on the rest, {Folds} folds × {Seeds} seeds, folds grouped by question.");
        table.AppendLine("Standard errors are over logs: with so few, an interval of 95 % is ± 9 points. The rules below it read nothing of the trace; a claim on these logs means nothing without them.").AppendLine();
        table.AppendLine("| method | step % (SE) | agent % (SE) | in the first three % (SE) | in the first five % (SE) |").AppendLine("|---|---|---|---|---|");
        var ranker = CrossValidated(logs);
        Row("**ranker**, cross-validated", ranker);
        Row("any step alike", Rule(logs, log => [.. log.Trace.Steps.Select((_, i) => i)]) with { TopThree = AnyOf(3), TopFive = AnyOf(5) });
        Row("always the first step", Rule(logs, _ => [0]));
        Row("always the second step", Rule(logs, log => [Math.Min(1, log.Trace.Steps.Count - 1)]));
        Row("always the last step", Rule(logs, log => [log.Trace.Steps.Count - 1]));
        Row("any agent alike", AnyAgent(logs));
        table.AppendLine().AppendLine("Published on the same logs, by a language model that was told the right answer (arXiv 2505.00212, GPT-4o): all at once 12.5 step, 54.3 agent; step by step 25.5, 35.2; binary search 24.0, 44.1.");
        table.AppendLine().AppendLine(Verdict("step", ranker.Step.Average(), 0.38) + " " + Verdict("agent", ranker.Agent.Average(), 0.60));
        Console.Write(table);
        if (file is not null) File.WriteAllText(file, table.ToString());
        return 0;

        double[] AnyOf(int first) => [.. logs.Select(l => Math.Min(1, (double)first / l.Trace.Steps.Count))];

        void Row(string name, Result result) => table.AppendLine(
            $"| {name} | {Percent(result.Step)} | {Percent(result.Agent)} | {(result.TopThree is { } three ? Percent(three) : "")} | {(result.TopFive is { } five ? Percent(five) : "")} |");
    }

    private static Result CrossValidated(List<Log> logs)
    {
        Result result = new(new double[logs.Count], new double[logs.Count], new double[logs.Count], new double[logs.Count]);
        for (var seed = 1; seed <= Seeds; seed++)
        {
            var folds = FoldsOf(logs, seed);
            for (var fold = 0; fold < Folds; fold++)
            {
                var ranker = StepRanker.Fit([.. logs.Where((_, i) => folds[i] != fold).Select(l => l.Labelled)]);
                foreach (var (i, log) in logs.Index().Where(l => folds[l.Index] == fold))
                {
                    var suspects = ranker.Rank(log.Trace);
                    var rank = suspects.Steps.Index().Single(s => s.Item.Step == log.Labelled.MistakeStep).Index;
                    result.Step[i] += (rank == 0 ? 1.0 : 0) / Seeds;
                    result.TopThree![i] += (rank < 3 ? 1.0 : 0) / Seeds;
                    result.TopFive![i] += (rank < 5 ? 1.0 : 0) / Seeds;
                    result.Agent[i] += (suspects.Agents[0].Agent == log.MistakeAgent ? 1.0 : 0) / Seeds;
                }
            }
        }

        return result;
    }

    // Logs of one question stay together, or the question's words would be learned.
    private static int[] FoldsOf(List<Log> logs, int seed)
    {
        string[] questions = [.. logs.Select(l => l.Trace.Question).Distinct(StringComparer.Ordinal)];
        new Random(seed).Shuffle(questions);
        return [.. logs.Select(l => Array.IndexOf(questions, l.Trace.Question) % Folds)];
    }

    /// <summary>A rule that blames one of these steps, each alike, and their agents.</summary>
    private static Result Rule(List<Log> logs, Func<Log, IReadOnlyList<int>> blamed) => new(
        [.. logs.Select(l => blamed(l).Average(i => i == l.Labelled.MistakeStep ? 1.0 : 0))],
        [.. logs.Select(l => blamed(l).Average(i => l.Trace.Steps[i].Agent == l.MistakeAgent ? 1.0 : 0))], null, null);

    private static Result AnyAgent(List<Log> logs)
    {
        // The agent is drawn from those present, then one of its steps.
        return new Result(
            [.. logs.Select(l => 1.0 / Agents(l).Count / l.Trace.Steps.Count(s => s.Agent == l.Trace.Steps[l.Labelled.MistakeStep].Agent))],
            [.. logs.Select(l => Agents(l).Average(a => a == l.MistakeAgent ? 1.0 : 0))], null, null);

        static List<string> Agents(Log log) => [.. log.Trace.Steps.Select(s => s.Agent).Distinct(StringComparer.Ordinal)];
    }

    private static string Percent(double[] shares)
    {
        var mean = shares.Average();
        return string.Create(CultureInfo.InvariantCulture, $"{100 * mean:0.0} ({100 * Math.Sqrt(shares.Average(s => (s - mean) * (s - mean)) / shares.Length):0.0})");
    }

    private static string Verdict(string what, double reached, double wanted) => string.Create(
        CultureInfo.InvariantCulture, $"Wanted of the {what}: {100 * wanted:0} %, {(reached >= wanted ? "reached" : "**missed**")} with {100 * reached:0.0} %.");

    private static Log Parse(string line)
    {
        using var document = JsonDocument.Parse(line);
        var log = document.RootElement;
        return new Log(
            new LabelledTrace(
                new FailedTrace(
                    log.GetProperty("question").GetString()!,
                    [.. log.GetProperty("steps").EnumerateArray().Select(s => new TraceStep(s.GetProperty("agent").GetString()!, s.GetProperty("content").GetString()!))]),
                log.GetProperty("mistake_step").GetInt32()),
            log.GetProperty("mistake_agent").GetString()!);
    }
}

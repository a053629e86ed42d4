using System.Globalization;
using System.Text;

namespace Kintsugi.Bench.Detection;

/// <summary>The deploy gate on simulated and recorded agents: false alarms, power, savings, speed, each beside its target.</summary>
internal static class DetectionBench
{
    private const int MostOfDearRows = 20_000;

    /// <param name="deployments">Simulated deployments a cell; the dearer rows take a part of it and say so.</param>
    public static int Run(int deployments, string? file)
    {
        var rows = new StringBuilder();
        var targets = new Targets();
        var dear = Math.Min(deployments, MostOfDearRows);
        SpeedRows.Write(rows, targets);
        NullRows.Write(rows, targets, deployments);
        PowerRows.Write(rows, targets, dear);
        AcceptanceRows.Write(rows, targets, Math.Max(1, dear / 10));
        NaiveRows.Write(rows, Math.Max(1, dear / 2));
        RecordedRows.Write(rows, targets, dear);

        var table = new StringBuilder();
        table.AppendLine("# The deploy gate on simulated and recorded agents").AppendLine();
        table.AppendLine(CultureInfo.InvariantCulture, $"`Kintsugi.Bench detection --deployments {deployments}`. In brackets one standard error in points; seeds are fixed. Gate: alpha 0.05, beta 0.10, odds ×3, margin 0.05. K: cached baseline runs a sample. Agents, their rates drawn anew for each deployment: A fails 1 % on 60 % of the samples, 10 % on 25 %, 40 % on 15 %; B has pass rates Beta(0.618, 0.854), the moments of GPT-4o on τ-bench airline; C Beta(4.5, 0.5); green fails 0.2 % on 90 %, 2 % on 7 %, 20 % on 3 %; perfect never fails. Samples are independent. No language model is asked.").AppendLine();
        targets.Write(table);
        table.Append(rows);
        Console.Write(table);
        if (file is not null) File.WriteAllText(file, table.ToString());
        return 0;
    }
}

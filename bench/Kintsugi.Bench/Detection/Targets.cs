using System.Globalization;
using System.Text;

namespace Kintsugi.Bench.Detection;

/// <summary>What was promised, with what was measured.</summary>
internal sealed class Targets
{
    private readonly List<(string Target, string Figure, bool? Reached)> rows = [];

    public void Hold(string target, string figure, bool isReached) => rows.Add((target, figure, isReached));

    public void Skip(string target, string why) => rows.Add((target, why, null));

    public void Write(StringBuilder table)
    {
        table.AppendLine("| target | measured | |").AppendLine("|---|---|---|");
        foreach (var (target, figure, reached) in rows)
            table.AppendLine(CultureInfo.InvariantCulture, $"| {target} | {figure} | {(reached is not { } isReached ? "not measured" : isReached ? "reached" : "**missed**")} |");
        table.AppendLine();
    }
}

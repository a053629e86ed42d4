using System.Globalization;
using Kintsugi.Evaluation.Running;
using Kintsugi.Healing.Incidents;

namespace Kintsugi.Cli.Output;

/// <summary>Progress of a heal for a person: one line an event, and a moving line for the runs under way where there is a terminal.</summary>
internal sealed class HealScreen(TextWriter output, bool quiet) : IProgress<LoggedEvent>, IProgress<EvalProgress>
{
    private readonly Lock _lock = new();
    private readonly bool _moves = !Console.IsErrorRedirected;
    private readonly ProgressLog _log = new(output);
    private int _shown;

    public void Say(string line)
    {
        lock (_lock)
        {
            Wipe();
            output.WriteLine(line);
        }
    }

    public void Joined(string incident) => Say($"incident {incident} is open already; going on with it");

    public void Report(LoggedEvent value)
    {
        if (value.Event is Opened) return;
        var line = IncidentReports.LineOf(value);
        Say(string.Create(CultureInfo.InvariantCulture, $"  {line.Stage,-9} {line.Took.TotalSeconds,6:0.0} s {line.AgentRuns,5} runs  {Text.Plain(line.What)}"));
    }

    public void Report(EvalProgress value)
    {
        lock (_lock)
        {
            if (!_moves)
            {
                _log.Report(value);
                return;
            }
            Wipe();
            var line = Progress.Line(value);
            output.Write(line);
            _shown = line.Length;
        }
    }

    /// <summary>The last words: what was found, what was done, what it cost, where the report is.</summary>
    public void Finish(IncidentState state, string report)
    {
        if (quiet) return;
        foreach (var line in HealSummary.Lines(state, report)) Console.Out.WriteLine(line);
    }

    private void Wipe()
    {
        if (_shown > 0) output.Write($"\r{new string(' ', _shown)}\r");
        _shown = 0;
    }
}

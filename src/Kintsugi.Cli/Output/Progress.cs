using System.Globalization;
using Kintsugi.Evaluation.Running;

namespace Kintsugi.Cli.Output;

/// <summary>Progress of runs, as one line.</summary>
internal static class Progress
{
    public static string Line(EvalProgress value)
    {
        var left = value.Done == 0 ? "" : string.Create(
            CultureInfo.InvariantCulture, $", about {Math.Ceiling(value.Elapsed.TotalSeconds / value.Done * (value.Total - value.Done)):0} s left");
        var world = value.World == 0 ? "" : $", {value.World} world";
        return $"  {value.Done}/{value.Total} runs: {value.Passed} passed, {value.Failed} failed{world}{left}";
    }
}

/// <summary>A line now and then where there is no terminal: a log that says nothing for minutes looks dead.</summary>
internal sealed class ProgressLog(TextWriter output)
{
    private static readonly TimeSpan Between = TimeSpan.FromSeconds(15);

    private TimeSpan _said;

    public void Report(EvalProgress value)
    {
        if (value.Elapsed < _said) _said = TimeSpan.Zero; // another run began
        if (value.Elapsed - _said < Between) return;
        _said = value.Elapsed;
        output.WriteLine(Progress.Line(value));
    }
}

/// <summary>A moving line on standard error where there is a terminal, and a line now and then elsewhere.</summary>
internal sealed class ProgressLine : IProgress<EvalProgress>, IDisposable
{
    private readonly Lock _lock = new();
    private readonly bool _moves = !Console.IsErrorRedirected;
    private readonly ProgressLog _log = new(Console.Error);
    private int _shown;

    public void Report(EvalProgress value)
    {
        lock (_lock)
        {
            if (!_moves)
            {
                _log.Report(value);
                return;
            }
            var line = Progress.Line(value);
            Console.Error.Write($"\r{line.PadRight(_shown)}");
            _shown = line.Length;
        }
    }

    public void Dispose()
    {
        if (_shown > 0) Console.Error.Write($"\r{new string(' ', _shown)}\r");
    }
}

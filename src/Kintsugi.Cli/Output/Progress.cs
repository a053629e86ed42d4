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

/// <summary>A moving line on standard error where there is a terminal, and nothing elsewhere.</summary>
internal sealed class ProgressLine : IProgress<EvalProgress>, IDisposable
{
    private readonly Lock _lock = new();
    private readonly bool _moves = !Console.IsErrorRedirected;
    private int _shown;

    public void Report(EvalProgress value)
    {
        if (!_moves) return;
        lock (_lock)
        {
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

namespace Kintsugi.Evaluation.Running.Protocols;

/// <summary>What an agent wrote to standard output that is no answer: the first lines are kept, the others counted.</summary>
internal sealed class StrayLines
{
    public const int LongestShown = 200;
    private const int MostShown = 20;

    private readonly List<string> _lines = [];
    private readonly List<string> _notes = [];
    private long _count;

    public void Add(string line)
    {
        _count++;
        if (_lines.Count < MostShown) _lines.Add(Excerpt.Of(line.TrimEnd('\r'), LongestShown));
    }

    /// <summary>Something noticed about answers.</summary>
    public void Note(string note)
    {
        if (_notes.Count < MostShown) _notes.Add(note);
    }

    /// <summary>One warning, the lines and the notes; starts anew.</summary>
    public IReadOnlyList<string> Take()
    {
        if (_count == 0) return [];
        List<string> taken = [.. _notes, $"{_count} line(s) on standard output were no answer; log to standard error.", .. _lines.Select(l => "stdout: " + l)];
        _lines.Clear();
        _notes.Clear();
        _count = 0;
        return taken;
    }
}

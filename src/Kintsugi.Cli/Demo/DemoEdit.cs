using System.Collections.Immutable;

namespace Kintsugi.Cli.Demo;

/// <summary>A change to one file of the sample agent.</summary>
public abstract record DemoEdit(string Path)
{
    /// <exception cref="InvalidOperationException">The edit does not fit the files: the sample agent and the demo have parted ways.</exception>
    public abstract ImmutableSortedDictionary<string, DemoFile> Apply(ImmutableSortedDictionary<string, DemoFile> files);

    /// <summary>The file that the edit is about.</summary>
    protected DemoFile Find(ImmutableSortedDictionary<string, DemoFile> files) =>
        files.GetValueOrDefault(Path) ?? throw new InvalidOperationException($"The demo edits '{Path}', which the sample agent does not have.");
}

/// <summary>Puts lines in the place of others. Each text is whole lines, and the old one is found exactly once.</summary>
public sealed record ReplaceLines(string Path, string Old, string New) : DemoEdit(Path)
{
    public override ImmutableSortedDictionary<string, DemoFile> Apply(ImmutableSortedDictionary<string, DemoFile> files)
    {
        var text = Find(files).Text;
        var at = text.IndexOf(Old, StringComparison.Ordinal);
        if (at < 0 || text.IndexOf(Old, at + 1, StringComparison.Ordinal) >= 0)
            throw new InvalidOperationException($"The demo expects to find this exactly once in '{Path}':\n{Old}");
        return files.SetItem(Path, Find(files) with { Text = string.Concat(text.AsSpan(0, at), New, text.AsSpan(at + Old.Length)) });
    }
}

/// <summary>Adds lines at the end of a file.</summary>
public sealed record AppendLines(string Path, string Added) : DemoEdit(Path)
{
    public override ImmutableSortedDictionary<string, DemoFile> Apply(ImmutableSortedDictionary<string, DemoFile> files) =>
        files.SetItem(Path, Find(files) with { Text = Find(files).Text + Added });
}

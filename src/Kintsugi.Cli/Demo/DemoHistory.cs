using System.Collections.Immutable;
using System.Text;
using Kintsugi.Models.Providers.Simulated;

namespace Kintsugi.Cli.Demo;

/// <summary>A file of a demo's repository: UTF-8 text.</summary>
/// <param name="Mode">As git writes it.</param>
public sealed record DemoFile(string Text, string Mode = "100644")
{
    public ReadOnlyMemory<byte> Bytes => Encoding.UTF8.GetBytes(Text);
}

/// <summary>One commit with all its files, by path relative to the repository's top.</summary>
public sealed record DemoCommit(
    string Message, string Author, string Email, DateTimeOffset At, ImmutableSortedDictionary<string, DemoFile> Files);

/// <summary>What a demo writes with git and runs: commits from the oldest on, each the child of the one before.</summary>
/// <param name="BaseIndex">The commit that is blessed.</param>
/// <param name="Bless">Weather while it is blessed.</param>
/// <param name="Heal">Weather while the newest commit is looked at.</param>
public sealed record DemoHistory(IReadOnlyList<DemoCommit> Commits, int BaseIndex, SimulatedWeather Bless, SimulatedWeather Heal)
{
    public DemoCommit Base => Commits[BaseIndex];

    public DemoCommit Head => Commits[^1];
}

using System.CommandLine;

namespace Kintsugi.Cli.Verbs;

/// <summary>A command with what its help says beyond its options.</summary>
internal sealed class Verb(string name, string description) : Command(name, description)
{
    /// <summary>Where it writes; null when it writes nothing.</summary>
    public string? Writes { get; init; }

    /// <summary>Command lines with what they are for.</summary>
    public IReadOnlyList<(string CommandLine, string For)> Examples { get; init; } = [];

    /// <summary>What it answers to the shell, beyond what every verb answers; see <see cref="ExitStatus.Shared"/>.</summary>
    public IReadOnlyList<(int Status, string Meaning)> Exits { get; init; } = [(ExitStatus.Ok, "done")];
}

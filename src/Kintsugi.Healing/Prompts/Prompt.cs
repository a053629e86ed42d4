using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Kintsugi.Healing.Prompts;

/// <summary>What we tell a model, every word of it ours: a file beside this one, so that a change of it shows in a diff.</summary>
/// <param name="Version">From 1; a text that changes gets the next.</param>
/// <param name="Sha256">Of the text, in lower-case hexadecimal.</param>
public sealed record Prompt(string Name, int Version, string Sha256, string Text)
{
    private const string Head = "version: ";

    /// <summary>The rules for whoever writes a change.</summary>
    public static Prompt Repair { get; } = Load("repair");

    /// <summary>How its tools are used, for a model that has them.</summary>
    public static Prompt RepairTools { get; } = Load("repair-tools");

    /// <summary>Where the change is looked for, for a coding agent that has the files before it.</summary>
    public static Prompt RepairFiles { get; } = Load("repair-files");

    /// <summary>How a prompt of the agent is rewritten by what its runs say of it.</summary>
    public static Prompt Reflect { get; } = Load("reflect");

    /// <summary>The rules for whoever gives an opinion of a cause.</summary>
    public static Prompt Triage { get; } = Load("triage");

    public static IReadOnlyList<Prompt> All { get; } = [Repair, RepairTools, RepairFiles, Reflect, Triage];

    /// <summary>As an attempt keeps it.</summary>
    public PromptUse Use => new(Name, Version, Sha256);

    /// <summary>One text of several, a blank line between them.</summary>
    public static string Joined(params IReadOnlyList<Prompt> prompts) => string.Join("\n\n", prompts.Select(p => p.Text));

    /// <param name="content">A line `version: N`, an empty line, and the text.</param>
    /// <exception cref="FormatException">It begins otherwise.</exception>
    public static Prompt Parse(string name, string content)
    {
        var lines = content.ReplaceLineEndings("\n").Split('\n', 3);
        if (lines is not [var head, "", var text] || !head.StartsWith(Head, StringComparison.Ordinal)
            || !int.TryParse(head.AsSpan(Head.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var version))
            throw new FormatException($"The prompt '{name}' does not begin with a line 'version: N' and an empty line.");
        text = text.TrimEnd('\n');
        return new Prompt(name, version, Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text))), text);
    }

    private static Prompt Load(string name)
    {
        using var stream = typeof(Prompt).Assembly.GetManifestResourceStream($"prompts/{name}.md")
            ?? throw new InvalidOperationException($"The prompt '{name}' is not part of this program.");
        using var reader = new StreamReader(stream);
        return Parse(name, reader.ReadToEnd());
    }
}

/// <summary>Which text a model was told, for the log.</summary>
/// <param name="Sha256">See <see cref="Prompt"/>.</param>
public sealed record PromptUse(string Name, int Version, string Sha256);

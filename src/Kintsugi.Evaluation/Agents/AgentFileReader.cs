using System.Text.RegularExpressions;
using Kintsugi.Storage;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Kintsugi.Evaluation.Agents;

/// <summary>Reads the YAML of kintsugi.yaml, and of files that it names, into nodes that know their lines.</summary>
/// <remarks>Bounded in size and depth. Anchors and aliases are refused: nobody needs them here, and nine lines of them can mean a billion nodes.</remarks>
internal sealed partial class AgentFileReader
{
    private const int LongestFile = 1 << 20;
    private const int Deepest = 32;

    // `${NAME}` may stand unquoted in a flow map, where YAML reads braces as its own: they travel through the parser as private characters.
    private const char Opens = '\uE000';
    private const char Opened = '\uE001';
    private const char Closes = '\uE002';

    private readonly string _file;
    private readonly string _start;
    private readonly Parser _parser;

    private AgentFileReader(string file, string text, string start)
    {
        _file = file;
        _start = start;
        _parser = new Parser(new StringReader(text));
    }

    /// <param name="start">What to do about a file without content.</param>
    /// <exception cref="BadFileException">It is no YAML, or not of the kind read here.</exception>
    public static AgentFileMap Read(string text, string file, string start = "`kintsugi init` writes one to begin with.")
    {
        var root = ReadNode(text, file, LongestFile, start);
        return root as AgentFileMap ?? throw new BadFileException(file, root.Line, $"The file is {root.Kind}, not a map. Begin with `agent:`.");
    }

    /// <summary>The same of a file that is a list or a word at its top.</summary>
    /// <param name="longest">In characters.</param>
    /// <exception cref="BadFileException">It is no YAML, or not of the kind read here.</exception>
    public static AgentFileNode ReadNode(string text, string file, int longest, string start)
    {
        if (text.Length > longest) throw new BadFileException(file, null, $"The file has {text.Length} characters. Keep it below {longest}.");
        if (text.StartsWith('\uFEFF')) text = text[1..];
        for (int i = 0, line = 1; i < text.Length; i++)
        {
            if (text[i] == '\n') line++;
            if (text[i] is Opens or Opened or Closes || (char.IsControl(text[i]) && text[i] is not ('\n' or '\r' or '\t')))
                throw new BadFileException(file, line, $"The character U+{(int)text[i]:X4} may not stand in this file. Remove it.");
        }
        var reader = new AgentFileReader(file, Variable().Replace(text, $"{Opens}{Opened}$1{Closes}"), start);
        try
        {
            return reader.Document();
        }
        catch (YamlException e)
        {
            throw NotYaml(text, file, (int)e.Start.Line, e.Message);
        }
        catch (InvalidOperationException e)
        {
            throw NotYaml(text, file, reader._parser.Current is { } at ? (int)at.End.Line : 1, e.Message); // the parser's word for text after the document
        }
    }

    private static BadFileException NotYaml(string text, string file, int line, string problem)
    {
        var indented = Array.FindIndex(text.Split('\n'), l => l[..^l.TrimStart().Length].Contains('\t'));
        return indented >= 0
            ? new BadFileException(file, indented + 1, "The line is indented with a tab, which YAML does not read. Use spaces.")
            : new BadFileException(file, line, $"The file is not YAML: {Words(Shown.Word(problem)).TrimEnd('.')}. Correct the line.");
    }

    private AgentFileNode Document()
    {
        _parser.Consume<StreamStart>();
        if (!_parser.TryConsume<DocumentStart>(out _)) throw Bad(1, $"The file is empty. {_start}");
        var root = Node(0);
        _parser.Consume<DocumentEnd>();
        if (_parser.TryConsume<DocumentStart>(out var second)) throw Bad(Line(second), "A second document begins. Write one document a file.");
        return root is AgentFileScalar { IsNothing: true } ? throw Bad(1, $"The file is empty. {_start}") : root;
    }

    private AgentFileNode Node(int depth)
    {
        if (_parser.Accept<AnchorAlias>(out var alias))
            throw Bad(Line(alias), "Aliases (`*name`) are not read here. Write the value out.");
        if (_parser.Accept<NodeEvent>(out var node))
        {
            if (!node.Anchor.IsEmpty) throw Bad(Line(node), "Anchors (`&name`) are not read here. Write the value out where it is needed.");
            if (!node.Tag.IsEmpty && !node.Tag.IsNonSpecific) throw Bad(Line(node), $"The tag '{Shown.Word(node.Tag.Value)}' is not read here. Remove it.");
            if (depth > Deepest) throw Bad(Line(node), $"The file is nested deeper than {Deepest} levels. Flatten it.");
        }
        if (_parser.TryConsume<Scalar>(out var scalar)) return new AgentFileScalar(Line(scalar), Words(scalar.Value), scalar.Style == ScalarStyle.Plain);
        return _parser.TryConsume<SequenceStart>(out var start) ? Items(Line(start), depth) : Entries(depth);
    }

    private AgentFileList Items(int line, int depth)
    {
        var items = new List<AgentFileNode>();
        while (!_parser.TryConsume<SequenceEnd>(out _)) items.Add(Node(depth + 1));
        return new AgentFileList(line, items);
    }

    private AgentFileMap Entries(int depth)
    {
        var line = Line(_parser.Consume<MappingStart>());
        var entries = new List<(string Key, int KeyLine, AgentFileNode Value)>();
        var lines = new Dictionary<string, int>(StringComparer.Ordinal);
        while (!_parser.TryConsume<MappingEnd>(out _))
        {
            var key = Node(depth + 1) is AgentFileScalar { IsNothing: false } name
                ? name
                : throw Bad(_parser.Current is { } at ? Line(at) : line, "A key is not a word. Write `key: value`.");
            if (!lines.TryAdd(key.Text, key.Line))
                throw Bad(key.Line, $"The key '{Shown.Word(key.Text)}' stands already on line {lines[key.Text]}. Keep one of them.");
            entries.Add((key.Text, key.Line, Node(depth + 1)));
        }
        return new AgentFileMap(line, entries);
    }

    private BadFileException Bad(int line, string problem) => new(_file, line, problem);

    private static int Line(ParsingEvent at) => (int)at.Start.Line;

    private static string Words(string text) => text.Replace($"{Opens}{Opened}", "${", StringComparison.Ordinal).Replace(Closes, '}');

    [GeneratedRegex(@"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")]
    private static partial Regex Variable();
}

using System.Text.RegularExpressions;
using Kintsugi.Storage;

namespace Kintsugi.Evaluation.Agents;

/// <summary>Holds a file against its shape.</summary>
/// <param name="file">What messages call it.</param>
internal sealed class AgentFileCheck(string file)
{
    private readonly List<string> _warnings = [];

    /// <summary>Keys that stand in the file and are not honoured yet.</summary>
    public IReadOnlyList<string> Warnings => _warnings;

    /// <param name="path">The key's place, `gate.epochs`, for messages.</param>
    /// <exception cref="BadFileException">Something may not stand where it does.</exception>
    public void Check(AgentFileNode node, AgentFileShape shape, string path)
    {
        switch (shape)
        {
            case ObjectShape s: CheckObject(Is<AgentFileMap>(node, path, "a map of keys"), s, path); break;
            case NamedShape s: CheckNamed(Is<AgentFileMap>(node, path, "a map of names to values"), s, path); break;
            case ListShape s: CheckList(node, s, path); break;
            case TextShape s: CheckText(Is<AgentFileScalar>(node, path, s.Expected), s, path); break;
            case TextOrMapShape s: Check(node, node is AgentFileMap ? s.Map : s.Text, path); break;
            case WordShape s:
                var word = Is<AgentFileScalar>(node, path, string.Join(" or ", s.Words));
                if (!word.IsText || !s.Words.Contains(word.Text))
                    throw Bad(node, $"'{path}' is '{Shown.Word(word.Text)}'. {(word.IsText ? s.Instead?.Invoke(word.Text) ?? Spelling.Remedy(word.Text, s.Words) : $"Write {string.Join(" or ", s.Words)}.")}");
                break;
            case NumberShape s:
                if (node is not AgentFileScalar { Number: { } number } || !s.Allows(number)) throw Wrong(node, path, s.Expected);
                break;
            case FlagShape:
                if (node is not AgentFileScalar { Flag: not null }) throw Wrong(node, path, "true or false");
                break;
            case AnyShape: break;
            default: throw new InvalidOperationException($"No check for {shape.GetType().Name}.");
        }
    }

    private void CheckObject(AgentFileMap map, ObjectShape shape, string path)
    {
        foreach (var (name, line, value) in map.Entries)
        {
            var key = shape.Keys.FirstOrDefault(k => k.Name == name)
                ?? throw new BadFileException(file, line, $"The key '{Shown.Word(Join(path, name))}' is not known. {Spelling.Remedy(name, [.. shape.Keys.Select(k => k.Name)])}");
            Check(value, key.Shape, Join(path, name));
            if (key.Later is not null) _warnings.Add($"{file}({line}): '{Join(path, name)}' is read but not honoured yet: {key.Later}");
        }
        foreach (var key in shape.Keys)
            if (key.Required && map[key.Name] is null)
                throw Bad(map, $"'{Join(path, key.Name)}' is missing. Add it: {key.Shape.About}{(key.Shape is WordShape { Words: var words } ? $" One of {string.Join(", ", words)}." : "")}");
        if (shape.OneOf is { } choices && map.Entries.Count(e => choices.Contains(e.Key)) is var count && count != 1)
            throw Bad(map, count == 0
                ? $"'{path}' has none of {string.Join(", ", choices)}. Add one of them."
                : $"'{path}' has {count} of {string.Join(", ", choices)}. Keep one of them.");
    }

    private void CheckNamed(AgentFileMap map, NamedShape shape, string path)
    {
        foreach (var (name, line, value) in map.Entries)
        {
            if (!Regex.IsMatch(name, shape.KeyPattern, RegexOptions.ECMAScript | RegexOptions.CultureInvariant, TimeSpan.FromSeconds(1)))
                throw new BadFileException(file, line, $"'{Shown.Word(name)}' cannot be a name in '{path}'. Use letters, digits, '_', '-' and '.'.");
            Check(value, shape.Value, Join(path, name));
        }
    }

    private void CheckList(AgentFileNode node, ListShape shape, string path)
    {
        if (shape.OrOne && node is not AgentFileList)
        {
            Check(node, shape.Item, path);
            return;
        }
        var items = Is<AgentFileList>(node, path, "a list").Items;
        if (items.Count < shape.Least) throw Bad(node, $"'{path}' is an empty list. Add {shape.Least} or more: {shape.About}");
        for (var i = 0; i < items.Count; i++) Check(items[i], shape.Item, $"{path}[{i}]");
    }

    private void CheckText(AgentFileScalar scalar, TextShape shape, string path)
    {
        if (scalar.IsNothing || (!shape.Loose && !scalar.IsText)) throw Wrong(scalar, path, shape.Expected);
        if (scalar.Text.Length > TextShape.Longest) throw Bad(scalar, $"'{path}' has {scalar.Text.Length} characters. Use at most {TextShape.Longest}.");
        if (scalar.Text.Contains('\0', StringComparison.Ordinal)) throw Bad(scalar, $"'{path}' holds a NUL character. Remove it.");
        if (!shape.Matches(scalar.Text)) throw Bad(scalar, $"'{path}' is '{Shown.Word(scalar.Text)}'. Write {shape.Expected}.");
    }

    private T Is<T>(AgentFileNode node, string path, string expected) where T : AgentFileNode => node as T ?? throw Wrong(node, path, expected);

    private BadFileException Wrong(AgentFileNode node, string path, string expected)
    {
        if (node is AgentFileScalar { IsNothing: true }) return Bad(node, $"'{path}' has no value. Write {expected}, or remove the key.");
        var said = node is AgentFileScalar scalar ? $"'{Shown.Word(scalar.Text)}' ({node.Kind})" : node.Kind;
        var quote = node is AgentFileScalar { IsText: false } && expected is "text" ? " in quotation marks" : "";
        return Bad(node, $"'{path}' is {said}. Write {expected}{quote}.");
    }

    private BadFileException Bad(AgentFileNode node, string problem) => new(file, node.Line, problem);

    private static string Join(string path, string key) => path.Length == 0 ? key : $"{path}.{key}";
}

using System.Globalization;
using System.Text.RegularExpressions;

namespace Kintsugi.Bench.Incidents.Mutations;

/// <summary>What goes wrong with the JSON that defines tools and answers: names, types, words and bounds change on one side only.</summary>
public static partial class DocumentMutations
{
    private static readonly (string Old, string New)[] OtherTypes = [("\"string\"", "\"number\""), ("\"number\"", "\"string\""), ("\"text\"", "\"number\"")];

    /// <summary>A parameter or a tool gets another name, or a parameter another type.</summary>
    public static IEnumerable<Edit> OfTool(VersionFiles version, string file, Random random)
    {
        var lines = version.Lines(file);
        var name = lines.Select(l => ToolName().Match(l)).First(m => m.Success).Groups["name"].Value;
        var parameter = lines.Select(l => Required().Match(l)).First(m => m.Success).Groups["name"].Value;
        foreach (var other in (string[])[$"{parameter}_id", $"the_{parameter}", $"{parameter}Name"])
            yield return Quoted(version, "parameter renamed", file, parameter, other);
        foreach (var other in (string[])[$"{name}_v2", $"get_{name}"]) yield return Quoted(version, "tool renamed", file, name, other);
        foreach (var edit in Retyped(file, lines)) yield return edit;
    }

    /// <summary>A field of the answer gets another name, type, range or choice of words.</summary>
    public static IEnumerable<Edit> OfSchema(VersionFiles version, string file, Random random)
    {
        var lines = version.Lines(file);
        foreach (var field in lines.Select(l => Field().Match(l)).Where(m => m.Success).Select(m => m.Groups["name"].Value).Where(n => n is not ("properties" or "fields" or "parameters")))
            yield return Quoted(version, "field renamed", file, field, random.Next(2) == 0 ? $"{field}_value" : $"final_{field}");
        foreach (var edit in Retyped(file, lines)) yield return edit;
        foreach (var (at, line) in lines.Index())
        {
            if (Word().IsMatch(line) && (line.EndsWith(',') || (at > 0 && Word().IsMatch(lines[at - 1]) is false))) yield return new Edit("word lost", new Splice(file, at, [line], []));
            if (Word().Match(line) is { Success: true } word) yield return new Edit("word changed", Splice.Line(file, at, line, line.Replace(word.Groups["word"].Value, word.Groups["word"].Value.ToUpperInvariant(), StringComparison.Ordinal)));
            if (Most().Match(line) is { Success: true } most) yield return new Edit("range narrowed", Splice.Line(file, at, line, Put(line, most, 10 * (2 + random.Next(4)))));
            if (Least().Match(line) is { Success: true } least) yield return new Edit("range narrowed", Splice.Line(file, at, line, Put(line, least, 10 * (1 + random.Next(3)))));
        }
    }

    private static IEnumerable<Edit> Retyped(string file, IReadOnlyList<string> lines) =>
        from line in lines.Index()
        from type in OtherTypes
        where Type().IsMatch(line.Item) && line.Item.Contains(type.Old, StringComparison.Ordinal)
        select new Edit("type changed", Splice.Line(file, line.Index, line.Item, line.Item.Replace(type.Old, type.New, StringComparison.Ordinal)));

    /// <summary>Renames what stands in quotation marks, wherever it does.</summary>
    private static Edit Quoted(VersionFiles version, string what, string file, string old, string @new)
    {
        List<Splice> splices = [];
        foreach (var (at, line) in version.Lines(file).Index().Where(l => l.Item.Contains($"\"{old}\"", StringComparison.Ordinal)))
        {
            var changed = line.Replace($"\"{old}\"", $"\"{@new}\"", StringComparison.Ordinal);
            if (splices is [.., var last] && last.At + last.Removed.Length == at) splices[^1] = last with { Removed = last.Removed.Add(line), Added = last.Added.Add(changed) };
            else splices.Add(Splice.Line(file, at, line, changed));
        }
        return new Edit(what, [.. splices]);
    }

    private static string Put(string line, Match match, int value) =>
        string.Create(CultureInfo.InvariantCulture, $"{line[..match.Groups["n"].Index]}{value}{line[(match.Groups["n"].Index + match.Groups["n"].Length)..]}");

    [GeneratedRegex(@"^\s*""name"": ""(?<name>\w+)""")]
    private static partial Regex ToolName();

    [GeneratedRegex(@"""required"": \[""(?<name>\w+)""")]
    private static partial Regex Required();

    [GeneratedRegex(@"^\s+""(?<name>\w+)"": \{$")]
    private static partial Regex Field();

    [GeneratedRegex(@"""(?:type|is)"": ""(?:string|number|text)""")]
    private static partial Regex Type();

    [GeneratedRegex(@"^\s+""(?<word>\w+)"",?$")]
    private static partial Regex Word();

    [GeneratedRegex(@"""(?:maximum|most|to)"": (?<n>\d+)")]
    private static partial Regex Most();

    [GeneratedRegex(@"""(?:minimum|least|from)"": (?<n>\d+)")]
    private static partial Regex Least();
}

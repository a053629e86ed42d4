using System.Collections.Immutable;
using System.Globalization;
using System.Text.RegularExpressions;

namespace Kintsugi.Bench.Incidents.Mutations;

/// <summary>What goes wrong with tables: a column gets another name, rows are lost or spoilt.</summary>
public static partial class DataMutations
{
    public static IEnumerable<Edit> Of(VersionFiles version, string file, Random random)
    {
        var lines = version.Lines(file);
        foreach (var rename in file.EndsWith(".csv", StringComparison.Ordinal) ? Columns(file, lines) : Keys(version, file)) yield return rename;
        var (first, last) = Rows(file, lines);
        for (var n = 0; n < 6; n++)
        {
            var count = Math.Min(3 + random.Next(Math.Max(4, (last - first) / 2)), last - first);
            var at = first + random.Next(last - first - count + 1);
            ImmutableArray<string> rows = [.. lines.Skip(at).Take(count)];
            yield return new Edit("rows lost", new Splice(file, at, rows, []));
            yield return new Edit("another unit", new Splice(file, at, rows, [.. rows.Select(Scaled)]));
        }
    }

    private static IEnumerable<Edit> Columns(string file, ImmutableArray<string> lines) =>
        lines[0].Split(',').Select(column => new Edit("column renamed", Splice.Line(file, 0, lines[0], Regex.Replace(lines[0], $@"\b{column}\b", $"{column}_name"))));

    private static IEnumerable<Edit> Keys(VersionFiles version, string file)
    {
        var lines = version.Lines(file);
        foreach (var (at, line) in lines.Index())
            if (Column().Match(line) is { Success: true } column) yield return new Edit("column renamed", Splice.Line(file, at, line, line.Replace(column.Groups["name"].Value, column.Groups["name"].Value + "_name", StringComparison.Ordinal)));
        var rows = lines.Index().Where(l => Object().IsMatch(l.Item)).ToList();
        if (rows.Count == 0) yield break;
        foreach (var key in Key().Matches(rows[0].Item).Select(m => m.Value))
        {
            ImmutableArray<string> old = [.. rows.Select(r => r.Item)];
            yield return new Edit("key renamed", new Splice(file, rows[0].Index, old, [.. old.Select(l => l.Replace(key, $"{key[..^2]}_value\":", StringComparison.Ordinal))]));
        }
    }

    /// <summary>From the first row that may go to the last but one: what follows the last would have to change with it.</summary>
    private static (int First, int Last) Rows(string file, ImmutableArray<string> lines)
    {
        if (file.EndsWith(".csv", StringComparison.Ordinal)) return (1, lines.Length - 1);
        var rows = lines.Index().Where(l => Row().IsMatch(l.Item)).Select(l => l.Index).ToList();
        return (rows[0], rows[^1]);
    }

    /// <summary>Numbers that stand for an amount, in another unit.</summary>
    private static string Scaled(string row) =>
        Amount().Replace(row, m => ((int)(double.Parse(m.Value, CultureInfo.InvariantCulture) * 10) + 7).ToString(CultureInfo.InvariantCulture));

    [GeneratedRegex(@"^\s+""(?<name>[a-z]+)"",?$")]
    private static partial Regex Column();

    [GeneratedRegex(@"^\s+\{.*\},?$")]
    private static partial Regex Object();

    [GeneratedRegex(@"""\w+"":")]
    private static partial Regex Key();

    [GeneratedRegex(@"^\s+(?:\{.*\}|\[.*\]),$")]
    private static partial Regex Row();

    [GeneratedRegex(@"(?<=[ ,])\d+(?:\.\d+)?(?=[ ,\]}]|$)")]
    private static partial Regex Amount();
}

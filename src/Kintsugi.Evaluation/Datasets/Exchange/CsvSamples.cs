using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using CsvHelper;
using CsvHelper.Configuration;

namespace Kintsugi.Evaluation.Datasets.Exchange;

/// <summary>Which columns of a table are what; the others together are the input.</summary>
/// <param name="Target">Null for `target`, `expected`, `expected_output`, `output` or `answer`, the first that is there.</param>
/// <param name="AsText">Whether every cell is words; else one that reads as a number, true, false, null, or JSON in braces or quotation marks, is that.</param>
public sealed record CsvShape(string? Target, string? Id, bool AsText);

/// <summary>Tables of comma-separated values (RFC 4180) with a header.</summary>
/// <remarks>A column `input` that stands alone is the whole input; several are an object of their names. `id`, `tags` (by semicolon), `family`, `critical`, `split` are taken as a dataset has them.</remarks>
public static class CsvSamples
{
    private static readonly string[] Targets = ["target", "expected", "expected_output", "output", "answer"];
    private static readonly string[] Written = ["id", "input", "target", "tags", "family", "critical", "split"];

    /// <exception cref="BadFileException">It is no table, or lacks the columns that are asked for.</exception>
    public static async IAsyncEnumerable<SampleDraft> ReadAsync(
        string name, Stream stream, CsvShape shape, ExchangeLosses losses, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var reader = new StreamReader(stream, new UTF8Encoding(false, throwOnInvalidBytes: true), detectEncodingFromByteOrderMarks: true, leaveOpen: true);
        using var csv = new CsvReader(reader, new CsvConfiguration(CultureInfo.InvariantCulture)
        {
            MaxFieldSize = LooseSample.LongestLineBytes,
            DetectColumnCountChanges = false,
            MissingFieldFound = null,
            BadDataFound = found => throw new BadFileException(name, found.Context.Parser!.RawRow, "A quotation mark stands inside a cell that is not quoted. Put the cell in quotation marks, and double those in it."),
        });
        if (!await NextAsync(csv, name) || csv.Parser.Record is not { } header) throw new BadFileException(name, null, "The file is empty. Write a header: input,target.");
        if (header.Distinct(StringComparer.Ordinal).Count() < header.Length) throw new BadFileException(name, 1, "Two columns have the same name. Rename one.");
        var target = Column(name, header, shape.Target, "--target") ?? Targets.Select(t => (int?)Array.IndexOf(header, t)).FirstOrDefault(c => c >= 0) ?? -1;
        var id = Column(name, header, shape.Id, "--id") ?? Array.IndexOf(header, "id");
        var (tags, family, critical, split) = (Array.IndexOf(header, "tags"), Array.IndexOf(header, "family"), Array.IndexOf(header, "critical"), Array.IndexOf(header, "split"));
        int[] inputs = [.. Enumerable.Range(0, header.Length).Except([target, id, tags, family, critical, split])];
        if (inputs.Length == 0) throw new BadFileException(name, 1, "No column is left for the input. Write a header: input,target.");

        while (await NextAsync(csv, name))
        {
            cancellationToken.ThrowIfCancellationRequested();
            var row = csv.Parser.Record!;
            var line = csv.Parser.RawRow;
            if (row.Length > header.Length) throw new BadFileException(name, line, $"The row has {row.Length} cells, and the header {header.Length}. Put cells that hold commas in quotation marks.");
            var input = inputs is [var only] && header[only] == "input"
                ? Value(Cell(only), shape.AsText)
                : LooseSample.Object(inputs.Where(c => Cell(c).Length > 0).Select(c => KeyValuePair.Create(header[c], Value(Cell(c), shape.AsText))));
            yield return LooseSample.Of(
                Some(id), input, Cell(target).Length > 0 ? Value(Cell(target), shape.AsText) : null, Cell(tags).Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries), Some(family),
                Cell(critical).Trim().Equals("true", StringComparison.OrdinalIgnoreCase), Some(split), losses, problem => new BadFileException(name, line, problem));

            string Cell(int column) => column >= 0 && column < row.Length ? row[column] : "";

            string? Some(int column) => Cell(column) is { Length: > 0 } cell ? cell : null;
        }
    }

    /// <summary>Writes a table that reads back as the same samples.</summary>
    public static async Task WriteAsync(IEnumerable<SampleDraft> samples, TextWriter output, ExchangeLosses losses)
    {
        await using var csv = new CsvWriter(output, new CsvConfiguration(CultureInfo.InvariantCulture) { NewLine = "\n" }, leaveOpen: true);
        foreach (var name in Written) csv.WriteField(name);
        await csv.NextRecordAsync();
        foreach (var sample in samples)
        {
            if (sample.Tags.Any(t => t.Contains(';', StringComparison.Ordinal))) losses.Note("tags with a semicolon read back as two", sample.Id!);
            string[] row =
            [
                sample.Id!, Cell(sample.Input), sample.Target is { } target ? Cell(target) : "", string.Join(';', sample.Tags), sample.Family ?? "", sample.Critical ? "true" : "", sample.Split ?? "",
            ];
            foreach (var cell in row) csv.WriteField(cell);
            await csv.NextRecordAsync();
        }
    }

    private static async Task<bool> NextAsync(CsvReader csv, string name)
    {
        try
        {
            return await csv.ReadAsync();
        }
        catch (MaxFieldSizeException)
        {
            throw new BadFileException(name, csv.Parser.RawRow, $"A cell is longer than {LooseSample.LongestLineBytes >> 20} MiB, or a quotation mark is never closed. Correct it.");
        }
        catch (DecoderFallbackException)
        {
            throw new BadFileException(name, csv.Parser.RawRow, "The file is not valid UTF-8. Save it as UTF-8.");
        }
    }

    private static int? Column(string name, string[] header, string? wanted, string option) =>
        wanted is null ? null
        : Array.IndexOf(header, wanted) is >= 0 and var at ? at
        : throw new BadFileException(name, 1, $"There is no column '{Storage.Shown.Word(wanted)}' ({option}). {Spelling.Remedy(wanted, header)}");

    private static JsonElement Value(string cell, bool asText)
    {
        if (!asText && cell.Length > 0 && (cell[0] is '{' or '[' or '"' or '-' or 't' or 'f' or 'n' || char.IsAsciiDigit(cell[0])))
        {
            try
            {
                using var document = JsonDocument.Parse(cell);
                return document.RootElement.Clone();
            }
            catch (JsonException)
            {
                // words that begin like JSON
            }
        }
        return JsonSerializer.SerializeToElement(cell);
    }

    /// <summary>Words as they stand, unless they would read back as something else, or a spreadsheet would take them for a formula: then in quotation marks.</summary>
    private static string Cell(JsonElement value)
    {
        if (value.ValueKind != JsonValueKind.String) return value.GetRawText();
        var words = value.GetString()!;
        var plain = words.Length > 0 && words[0] is not ('=' or '+' or '@' or '-' or '\t' or '\r') && Value(words, asText: false) is { ValueKind: JsonValueKind.String } read && read.GetString() == words;
        return plain ? words : JsonSerializer.Serialize(words);
    }
}

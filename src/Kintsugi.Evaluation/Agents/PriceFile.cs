using System.Text.Json;
using Kintsugi.Models.Budgets;
using Kintsugi.Storage;

namespace Kintsugi.Evaluation.Agents;

/// <summary>Reads the file that `models.prices` of kintsugi.yaml names.</summary>
public static class PriceFile
{
    private const int LargestBytes = 1 << 20;

    /// <returns>Its prices, and the built-in ones for what it does not name.</returns>
    /// <exception cref="BadFileException">It cannot be used; the message names the line and the remedy.</exception>
    public static PriceList Read(ReadOnlySpan<byte> bytes, string file)
    {
        if (bytes.Length > LargestBytes) throw new BadFileException(file, null, $"The file has {bytes.Length} bytes. Keep it below {LargestBytes}.");
        try
        {
            return PriceList.Parse(bytes).Before(PriceList.Embedded());
        }
        catch (JsonException e)
        {
            throw new BadFileException(file, (int)(e.LineNumber ?? 0) + 1, Shown.Word(Words(e), longest: 400));
        }
    }

    /// <summary>The parser's own messages end in a place that is said already.</summary>
    private static string Words(JsonException e)
    {
        var end = e.Message.IndexOf(" LineNumber:", StringComparison.Ordinal);
        return end < 0 ? e.Message : $"The file is not JSON: {e.Message[..end]} Correct the line.";
    }
}

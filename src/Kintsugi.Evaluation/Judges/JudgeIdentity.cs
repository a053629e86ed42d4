using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Kintsugi.Evaluation.Judges;

/// <summary>What a card is bound to. A judge with another model or another word in its rubric is another instrument, of which nothing is known.</summary>
public static class JudgeIdentity
{
    /// <param name="model">As it is asked for, with its provider and its snapshot: `anthropic/claude-3-5-sonnet-20241022`.</param>
    /// <param name="rubric">All the text that is sent around the answer.</param>
    /// <returns>SHA-256, 64 lower-case hex digits.</returns>
    public static string Of(string model, string rubric)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(rubric);
        // The length keeps (ab, c) apart from (a, bc).
        var text = string.Create(CultureInfo.InvariantCulture, $"judge\n{model.Length}\n{model}\n{rubric}");
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
    }

    public static bool IsOne(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return text.Length == 2 * SHA256.HashSizeInBytes && text.All(char.IsAsciiHexDigitLower);
    }
}

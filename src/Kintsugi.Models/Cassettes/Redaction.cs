using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Kintsugi.Models.Providers;
using Kintsugi.Storage;

namespace Kintsugi.Models.Cassettes;

/// <summary>Blots secrets out of what is stored: those that are configured, and whatever looks like a key. The length stays.</summary>
/// <remarks>Finds a configured secret as it is and as a string in JSON spells it; what it does not find, see <see cref="KeyShapes"/>.</remarks>
public sealed class Redaction
{
    /// <summary>A shorter secret would be blotted out of words that have nothing to do with it.</summary>
    public const int ShortestSecret = 8;

    /// <summary>Blots what looks like a key, and nothing else.</summary>
    public static readonly Redaction OfShapes = new([]);

    private readonly SecretMask _secrets;

    public Redaction(IEnumerable<string> secrets) => _secrets = new SecretMask(
        secrets.Where(s => s.Length >= ShortestSecret)
            .SelectMany(s => (string[])[s, JsonEncodedText.Encode(s, JavaScriptEncoder.UnsafeRelaxedJsonEscaping).ToString()])
            .Distinct(StringComparer.Ordinal)
            .OrderByDescending(s => s.Length)); // one secret may be part of another

    /// <returns>The same memory when there is nothing to blot; it is never written to.</returns>
    public ReadOnlyMemory<byte> Apply(ReadOnlyMemory<byte> text)
    {
        if (!_secrets.AreIn(text.Span) && !KeyShapes.AreIn(text.Span)) return text;
        var blotted = text.ToArray();
        _secrets.Blot(blotted);
        KeyShapes.Blot(blotted);
        return blotted;
    }

    public string Apply(string text) => Encoding.UTF8.GetString(Apply(Encoding.UTF8.GetBytes(text)).Span);

    public Recording Apply(Recording recording) => recording with
    {
        Model = Apply(recording.Model),
        Question = Apply(recording.Question),
        Answer = recording.Answer with { Body = Apply(recording.Answer.Body) },
    };

    /// <summary>Whether something was blotted out of the text, as far as it shows.</summary>
    public static bool ShowsIn(ReadOnlySpan<byte> text) => text.IndexOf("********"u8) >= 0;
}

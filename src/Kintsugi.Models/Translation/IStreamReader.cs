using System.Text.Json;

namespace Kintsugi.Models.Translation;

/// <summary>Reads the events of a provider's stream, and says what they mean.</summary>
internal interface IStreamReader
{
    /// <exception cref="FormatException">The event, or where it stands, is not as the provider's format has it.</exception>
    void Read(JsonElement data);

    /// <summary>The event `[DONE]`.</summary>
    void ReadDone();
}

using System.Text.Json;

namespace Kintsugi.Healing.Incidents;

/// <summary>Enum values as they are stored, sent and shown.</summary>
public static class Words
{
    public static string Snake<T>(T value) where T : struct, Enum => JsonNamingPolicy.SnakeCaseLower.ConvertName(value.ToString());
}

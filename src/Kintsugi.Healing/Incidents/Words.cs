using System.Text.Json;

namespace Kintsugi.Healing.Incidents;

/// <summary>Values as they are shown, enum values also as they are stored and sent.</summary>
public static class Words
{
    public static string Snake<T>(T value) where T : struct, Enum => JsonNamingPolicy.SnakeCaseLower.ConvertName(value.ToString());

    /// <summary>As much of a commit's id as tells it from others.</summary>
    public static string Short(string id) => id.Length > 10 ? id[..10] : id;
}

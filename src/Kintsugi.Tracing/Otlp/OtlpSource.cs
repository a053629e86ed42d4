using System.Text.Json.Nodes;
using Kintsugi.Storage;
using Kintsugi.Tracing.Spans;

namespace Kintsugi.Tracing.Otlp;

/// <summary>What a resource says of its sender.</summary>
internal static class OtlpSource
{
    /// <summary>What the specification of OpenTelemetry calls a service without a name.</summary>
    private const string Unknown = "unknown_service";

    /// <summary>Of a resource; some list the arguments of their process.</summary>
    public const int MostValues = 1_000;

    private const int Longest = 200;
    private const int LongestResource = 8_192;

    /// <returns>Without a scope yet.</returns>
    public static SpanSource Of(JsonObject attributes)
    {
        var service = Text(attributes, "service.name") ?? Unknown;
        var version = Text(attributes, "service.version");
        foreach (var name in attributes.Select(a => a.Key).Where(OtlpBatch.IsOfHost).ToList()) attributes.Remove(name);
        attributes.Remove("service.name");
        attributes.Remove("service.version");
        attributes.Remove("service.instance.id"); // each start of a service would be a sender of its own
        var rest = attributes.ToJsonString();
        return new SpanSource(service, version, "", rest.Length <= LongestResource ? rest : "{}");
    }

    private static string? Text(JsonObject attributes, string name) =>
        attributes[name] is JsonValue value && value.TryGetValue<string>(out var text) && text.Length > 0 ? Shown.Word(text, Longest) : null;
}

using Kintsugi.Evaluation.Running;
using Kintsugi.Healing.Incidents;
using Kintsugi.Models.Gateway;
using OpenTelemetry;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace Kintsugi.Cli;

/// <summary>Sends spans of evaluations, incidents and model calls to the OpenTelemetry collector that the standard variables name, and does nothing without them.</summary>
internal static class SpanExport
{
    /// <returns>Null when no collector is named. Disposing sends what is left.</returns>
    public static IDisposable? Open(Func<string, string?> environment) =>
        string.IsNullOrEmpty(environment("OTEL_EXPORTER_OTLP_ENDPOINT")) && string.IsNullOrEmpty(environment("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"))
            ? null
            : Sdk.CreateTracerProviderBuilder()
                .ConfigureResource(resource => resource.AddService("kintsugi"))
                .AddSource(CallSpan.SourceName, EvalSpan.SourceName, IncidentSpan.SourceName)
                .AddOtlpExporter()
                .Build();

    /// <summary>Whether what was asked and answered goes with spans: by the variable of OpenTelemetry's instrumentations, whose default is no.</summary>
    public static bool HasContent(Func<string, string?> environment) =>
        string.Equals(environment("OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT"), "true", StringComparison.OrdinalIgnoreCase);
}

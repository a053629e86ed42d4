using Kintsugi.Models.Gateway;
using OpenTelemetry;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace Kintsugi.Cli;

/// <summary>Sends a span of every model call to the OpenTelemetry collector that the standard variables name, and does nothing without them.</summary>
internal static class SpanExport
{
    /// <returns>Null when no collector is named. Disposing sends what is left.</returns>
    public static IDisposable? Open(Func<string, string?> environment) =>
        string.IsNullOrEmpty(environment("OTEL_EXPORTER_OTLP_ENDPOINT")) && string.IsNullOrEmpty(environment("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"))
            ? null
            : Sdk.CreateTracerProviderBuilder()
                .ConfigureResource(resource => resource.AddService("kintsugi"))
                .AddSource(CallSpan.SourceName)
                .AddOtlpExporter()
                .Build();
}

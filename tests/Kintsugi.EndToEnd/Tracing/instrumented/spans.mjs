// OpenTelemetry's own SDK, by its environment: OTEL_EXPORTER_OTLP_ENDPOINT and _PROTOCOL say where spans and log records go, and how.
import { createRequire } from "node:module";

export const require = createRequire(import.meta.url); // instrumentations see what is required, not what is imported

export const traced = async (instrumentations, act) => {
  const sdk = new (require("@opentelemetry/sdk-node").NodeSDK)({ serviceName: "desk", instrumentations });
  sdk.start();
  try {
    await require("@opentelemetry/api").trace.getTracer("desk").startActiveSpan("desk", async (span) => {
      await act();
      span.end();
    });
  } finally {
    await sdk.shutdown();
  }
};

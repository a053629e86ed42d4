import { ask, clientOf } from "./asks.mjs";
import { require } from "./spans.mjs";

const traceloop = require("@traceloop/node-server-sdk");
const OpenAI = require("openai").default;
traceloop.initialize({
  appName: "desk", baseUrl: process.env.OTEL_EXPORTER_OTLP_ENDPOINT, apiKey: "none", disableBatch: true, instrumentModules: { openAI: OpenAI }, silenceInitializationMessage: true,
});
await traceloop.withWorkflow({ name: "desk" }, () => ask(clientOf(OpenAI)));
await traceloop.forceFlush();

import { ask, clientOf } from "./asks.mjs";
import { require, traced } from "./spans.mjs";

const { OpenAIInstrumentation } = require("@opentelemetry/instrumentation-openai");
await traced([new OpenAIInstrumentation({ captureMessageContent: true })], () => ask(clientOf(require("openai").default)));

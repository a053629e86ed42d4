import { ask, clientOf } from "./asks.mjs";
import { require, traced } from "./spans.mjs";

const { OpenAIInstrumentation } = require("@arizeai/openinference-instrumentation-openai");
const instrumentation = new OpenAIInstrumentation();
await traced([instrumentation], () => {
  const OpenAI = require("openai7").default;
  instrumentation.manuallyInstrument(OpenAI);
  return ask(clientOf(OpenAI));
});

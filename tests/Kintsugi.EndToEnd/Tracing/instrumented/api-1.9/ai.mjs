import { z } from "zod";
import { traced } from "./spans.mjs";

const release = process.argv[2];
const { generateText, streamText, tool, ...ai } = await import(release === "6" ? "ai6" : "ai");
const { createOpenAICompatible } = await import(release === "6" ? "ai6-provider" : "@ai-sdk/openai-compatible");
const house = createOpenAICompatible({ name: "house", baseURL: process.env.MODEL_URL, apiKey: "none", includeUsage: true });
const telemetry = { isEnabled: true, functionId: "order-desk" };
const asked = (more) => ({
  model: house("gpt-4o-mini"), system: "Answer in one line.", prompt: "Where is order A-7?", maxRetries: 0, telemetry, experimental_telemetry: telemetry, ...more,
});
const find_order = tool({ description: "an order by its number", inputSchema: z.object({ order: z.string() }), execute: async () => ({ state: "sent" }) });

await traced([], async () => {
  if (release !== "6") {
    const { OpenTelemetry, LegacyOpenTelemetry } = await import("@ai-sdk/otel");
    ai.registerTelemetry(release === "7" ? new OpenTelemetry() : new LegacyOpenTelemetry());
  }
  await generateText(asked({ temperature: 0.5, maxOutputTokens: 64 }));
  for await (const _ of streamText(asked()).textStream);
  await generateText(asked({ tools: { find_order }, stopWhen: ai.stepCountIs(3) }));
  await generateText(asked({ model: house("broken") })).catch(() => { }); // is meant to fail
});

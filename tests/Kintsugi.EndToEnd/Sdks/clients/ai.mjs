// The AI SDK: `chat` by its provider for compatible services, `responses` by that for OpenAI, `messages` by that for Anthropic.
import { createAnthropic } from "@ai-sdk/anthropic";
import { createOpenAI } from "@ai-sdk/openai";
import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import { AISDKError, APICallError, embed, generateText, jsonSchema, Output, RetryError, streamText, tool } from "ai";
import { before, retriesOf, schema, serve } from "./user.mjs";

globalThis.AI_SDK_LOG_WARNINGS = false;

const finish = { "tool-calls": "tools" };

const providers = {
  chat: (given) => createOpenAICompatible({ name: "gateway", apiKey: given.key, baseURL: `${given.gateway}/v1`, includeUsage: true, supportsStructuredOutputs: true }),
  responses: (given) => createOpenAI({ apiKey: given.key, baseURL: `${given.gateway}/v1` }),
  messages: (given) => createAnthropic({ apiKey: given.key, baseURL: `${given.gateway}/v1` }),
};

function messages(asked) {
  const all = [
    { role: "user", content: asked.image ? [{ type: "text", text: asked.text }, { type: "image", image: asked.image, mediaType: "image/png" }] : asked.text },
  ];
  if (asked.results) {
    all.push({ role: "assistant", content: asked.results.map((_, n) => ({ type: "tool-call", toolCallId: `call_${n}`, toolName: asked.tools[n], input: before })) });
    all.push({ role: "tool", content: asked.results.map((value, n) => ({ type: "tool-result", toolCallId: `call_${n}`, toolName: asked.tools[n], output: { type: "text", value } })) });
  }
  return all;
}

async function ask(asked, given) {
  const provider = providers[process.argv[2]](given);
  if (asked.kind === "embed") {
    const answer = await embed({ model: provider.textEmbeddingModel(asked.model), value: asked.text, ...retriesOf(asked), abortSignal: given.signal });
    return { items: answer.embedding.map(String) };
  }
  const request = {
    model: provider(asked.model),
    system: "Be brief.",
    messages: messages(asked),
    maxOutputTokens: asked.mostTokens,
    ...retriesOf(asked),
    abortSignal: given.signal,
    ...(asked.tools && { tools: Object.fromEntries(asked.tools.map((name) => [name, tool({ description: "Tells of a place.", inputSchema: jsonSchema(schema) })])) }),
    ...(asked.wantsJson && { output: Output.object({ schema: jsonSchema(schema) }) }),
  };
  const answer = asked.isStreamed ? await stream(request, given) : await generateText(request);
  const [usage, calls, reason, text] = await Promise.all([answer.usage, answer.toolCalls, answer.finishReason, answer.text]);
  return {
    text,
    calls: calls.map((call) => ({ id: call.toolCallId, name: call.toolName, arguments: JSON.stringify(call.input) })),
    finish: finish[reason] ?? reason,
    inputTokens: usage.inputTokens,
    outputTokens: usage.outputTokens,
  };
}

/** What the library reports of a stream as an error part of its own, with what the provider said. */
class ErrorPart extends Error {
  constructor(said) {
    super(typeof said === "string" ? said : (said.message ?? JSON.stringify(said)));
    this.name = "ErrorPart";
  }
}

async function stream(request, { begun }) {
  const answer = streamText({ ...request, onError: () => {} });
  for await (const part of answer.fullStream) {
    if (part.type === "text-delta") begun();
    if (part.type === "error") throw part.error instanceof Error ? part.error : new ErrorPart(part.error);
    if (part.type === "abort") throw new Error("aborted");
  }
  return answer;
}

await serve(ask, (error) => {
  if (error instanceof ErrorPart) return { message: error.message };
  const last = RetryError.isInstance(error) ? error.lastError : error;
  return AISDKError.isInstance(last) && { status: APICallError.isInstance(last) ? last.statusCode : undefined, message: last.message };
});

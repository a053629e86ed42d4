// The Anthropic library: messages, their count and models.
import Anthropic, { AnthropicError } from "@anthropic-ai/sdk";
import { before, Calls, retriesOf, schema, serve } from "./user.mjs";

const finish = { end_turn: "stop", max_tokens: "length", tool_use: "tools" };

// Anthropic counts apart what came from a cache.
const input = (usage) => usage.input_tokens + (usage.cache_read_input_tokens ?? 0);

function messages(asked) {
  const all = [
    { role: "user", content: asked.image ? [{ type: "text", text: asked.text }, { type: "image", source: { type: "base64", media_type: "image/png", data: asked.image } }] : asked.text },
  ];
  if (asked.results) {
    all.push({ role: "assistant", content: asked.results.map((_, n) => ({ type: "tool_use", id: `call_${n}`, name: asked.tools[n], input: before })) });
    all.push({ role: "user", content: asked.results.map((content, n) => ({ type: "tool_result", tool_use_id: `call_${n}`, content })) });
  }
  return all;
}

function request(asked) {
  return {
    model: asked.model,
    max_tokens: asked.mostTokens,
    system: "Be brief.",
    messages: messages(asked),
    ...(asked.tools && { tools: asked.tools.map((name) => ({ name, description: "Tells of a place.", input_schema: schema })) }),
    ...(asked.wantsJson && { output_config: { format: { type: "json_schema", schema } } }),
  };
}

async function ask(asked, { gateway, key, signal, begun }) {
  const client = new Anthropic({ apiKey: key, authToken: null, baseURL: gateway, ...retriesOf(asked) });
  if (asked.kind === "models") {
    const items = [];
    for await (const model of client.models.list({}, { signal })) items.push(model.id);
    return { items };
  }
  if (asked.kind === "count") return { items: [String((await client.messages.countTokens({ model: asked.model, messages: messages(asked) }, { signal })).input_tokens)] };
  if (!asked.isStreamed) {
    const answer = await client.messages.create(request(asked), { signal });
    return {
      text: answer.content.map((block) => block.text ?? "").join(""),
      calls: answer.content.filter((block) => block.type === "tool_use").map((block) => ({ id: block.id, name: block.name, arguments: JSON.stringify(block.input) })),
      finish: finish[answer.stop_reason] ?? answer.stop_reason,
      inputTokens: input(answer.usage),
      outputTokens: answer.usage.output_tokens,
    };
  }
  const heard = { text: "", finish: "none" };
  const calls = new Calls();
  for await (const event of await client.messages.create({ ...request(asked), stream: true }, { signal })) {
    if (event.type === "message_start") heard.inputTokens = input(event.message.usage);
    if (event.type === "content_block_start" && event.content_block.type === "tool_use") calls.add(event.index, event.content_block);
    if (event.type === "content_block_delta" && event.delta.type === "text_delta") {
      heard.text += event.delta.text;
      begun();
    }
    if (event.type === "content_block_delta" && event.delta.type === "input_json_delta") calls.add(event.index, { piece: event.delta.partial_json });
    if (event.type === "message_delta") Object.assign(heard, { finish: finish[event.delta.stop_reason] ?? event.delta.stop_reason, outputTokens: event.usage.output_tokens, ...(event.usage.input_tokens != null && { inputTokens: input(event.usage) }) });
  }
  return { ...heard, calls: calls.all() };
}

await serve(ask, (error) => error instanceof AnthropicError && { status: error.status, message: error.message });

// The OpenAI library: `chat` for chat completions, embeddings and models, `responses` for responses.
import OpenAI, { APIError } from "openai";
import { before, Calls, retriesOf, schema, serve } from "./user.mjs";

const chatFinish = { stop: "stop", length: "length", tool_calls: "tools" };

function chatRequest(asked) {
  const messages = [
    { role: "system", content: "Be brief." },
    { role: "user", content: asked.image ? [{ type: "text", text: asked.text }, { type: "image_url", image_url: { url: `data:image/png;base64,${asked.image}` } }] : asked.text },
  ];
  if (asked.results) {
    messages.push({ role: "assistant", content: null, tool_calls: asked.results.map((_, n) => ({ id: `call_${n}`, type: "function", function: { name: asked.tools[n], arguments: JSON.stringify(before) } })) });
    asked.results.forEach((content, n) => messages.push({ role: "tool", tool_call_id: `call_${n}`, content }));
  }
  return {
    model: asked.model,
    messages,
    max_completion_tokens: asked.mostTokens,
    ...(asked.tools && { tools: asked.tools.map((name) => ({ type: "function", function: { name, description: "Tells of a place.", parameters: schema, strict: true } })) }),
    ...(asked.wantsJson && { response_format: { type: "json_schema", json_schema: { name: "place", schema, strict: true } } }),
  };
}

async function chat(client, asked, { signal, begun }) {
  if (asked.kind === "models") {
    const items = [];
    for await (const model of client.models.list({ signal })) items.push(model.id);
    return { items };
  }
  if (asked.kind === "embed") {
    const answer = await client.embeddings.create({ model: asked.model, input: asked.text }, { signal });
    return { items: answer.data[0].embedding.map(String) };
  }
  if (!asked.isStreamed) {
    const answer = await client.chat.completions.create(chatRequest(asked), { signal });
    const { message, finish_reason } = answer.choices[0];
    return {
      text: message.content ?? "",
      calls: (message.tool_calls ?? []).map((call) => ({ id: call.id, name: call.function.name, arguments: call.function.arguments })),
      finish: chatFinish[finish_reason] ?? finish_reason,
      inputTokens: answer.usage.prompt_tokens,
      outputTokens: answer.usage.completion_tokens,
    };
  }
  const heard = { text: "", finish: "none" };
  const calls = new Calls();
  for await (const chunk of await client.chat.completions.create({ ...chatRequest(asked), stream: true, stream_options: { include_usage: true } }, { signal })) {
    const choice = chunk.choices[0];
    if (choice?.delta.content) {
      heard.text += choice.delta.content;
      begun();
    }
    for (const call of choice?.delta.tool_calls ?? []) calls.add(call.index, { id: call.id, name: call.function.name, piece: call.function.arguments });
    if (choice?.finish_reason) heard.finish = chatFinish[choice.finish_reason] ?? choice.finish_reason;
    if (chunk.usage) Object.assign(heard, { inputTokens: chunk.usage.prompt_tokens, outputTokens: chunk.usage.completion_tokens });
  }
  return { ...heard, calls: calls.all() };
}

function responsesRequest(asked) {
  const input = [
    { role: "user", content: asked.image ? [{ type: "input_text", text: asked.text }, { type: "input_image", image_url: `data:image/png;base64,${asked.image}`, detail: "auto" }] : asked.text },
  ];
  asked.results?.forEach((_, n) => input.push({ type: "function_call", call_id: `call_${n}`, name: asked.tools[n], arguments: JSON.stringify(before) }));
  asked.results?.forEach((output, n) => input.push({ type: "function_call_output", call_id: `call_${n}`, output }));
  return {
    model: asked.model,
    instructions: "Be brief.",
    input,
    store: false,
    max_output_tokens: asked.mostTokens,
    ...(asked.tools && { tools: asked.tools.map((name) => ({ type: "function", name, description: "Tells of a place.", parameters: schema, strict: true })) }),
    ...(asked.wantsJson && { text: { format: { type: "json_schema", name: "place", schema, strict: true } } }),
  };
}

function readResponse(answer) {
  const calls = answer.output.filter((item) => item.type === "function_call").map((item) => ({ id: item.call_id, name: item.name, arguments: item.arguments }));
  return {
    text: answer.output.flatMap((item) => (item.type === "message" ? item.content.map((part) => part.text) : [])).join(""),
    calls,
    finish: answer.status === "incomplete" ? "length" : calls.length > 0 ? "tools" : "stop",
    inputTokens: answer.usage.input_tokens,
    outputTokens: answer.usage.output_tokens,
  };
}

async function responses(client, asked, { signal, begun }) {
  if (!asked.isStreamed) return readResponse(await client.responses.create(responsesRequest(asked), { signal }));
  let heard = { text: "", finish: "none" };
  let pieces = "";
  for await (const event of await client.responses.create({ ...responsesRequest(asked), stream: true }, { signal })) {
    if (event.type === "response.output_text.delta") {
      pieces += event.delta;
      begun();
    }
    // The library hands these events to its user, who has to know that they are the end.
    if (event.type === "error") throw new APIError(undefined, event, event.message, undefined);
    if (event.type === "response.failed") throw new APIError(undefined, event, event.response.error.message, undefined);
    if (event.type === "response.completed" || event.type === "response.incomplete") heard = readResponse(event.response);
  }
  if (heard.finish !== "none" && heard.text !== pieces) throw new Error(`The pieces say ${pieces}`);
  return heard;
}

const ask = process.argv[2] === "chat" ? chat : responses;
await serve(
  (asked, given) => ask(new OpenAI({ apiKey: given.key, baseURL: `${given.gateway}/v1`, ...retriesOf(asked) }), asked, given),
  (error) => error instanceof APIError && { status: error.status, message: error.message },
);

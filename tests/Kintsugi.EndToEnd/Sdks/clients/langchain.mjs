// LangChain's classes for OpenAI: `chat` for chat completions and embeddings, `responses` for responses.
import { ContextOverflowError } from "@langchain/core/errors";
import { AIMessage, HumanMessage, SystemMessage, ToolMessage } from "@langchain/core/messages";
import { ChatOpenAI, OpenAIEmbeddings } from "@langchain/openai";
import { APIError } from "openai";
import { before, retriesOf, schema, serve } from "./user.mjs";

const finish = { stop: "stop", length: "length", tool_calls: "tools" };

function messages(asked) {
  const all = [
    new SystemMessage("Be brief."),
    new HumanMessage(asked.image ? { content: [{ type: "text", text: asked.text }, { type: "image_url", image_url: { url: `data:image/png;base64,${asked.image}` } }] } : asked.text),
  ];
  if (asked.results) {
    all.push(new AIMessage({ content: "", tool_calls: asked.results.map((_, n) => ({ id: `call_${n}`, name: asked.tools[n], args: before, type: "tool_call" })) }));
    asked.results.forEach((content, n) => all.push(new ToolMessage({ tool_call_id: `call_${n}`, content })));
  }
  return all;
}

function read(message) {
  const calls = (message.tool_calls ?? []).map((call) => ({ id: call.id, name: call.name, arguments: JSON.stringify(call.args) }));
  const { finish_reason: reason, status } = message.response_metadata;
  return {
    text: message.text,
    calls,
    finish: reason ? (finish[reason] ?? reason) : status === "incomplete" ? "length" : status !== "completed" ? "none" : calls.length > 0 ? "tools" : "stop",
    inputTokens: message.usage_metadata?.input_tokens ?? 0,
    outputTokens: message.usage_metadata?.output_tokens ?? 0,
  };
}

async function ask(asked, { gateway, key, signal, begun }) {
  const common = { model: asked.model, apiKey: key, configuration: { baseURL: `${gateway}/v1` }, ...retriesOf(asked) };
  if (asked.kind === "embed") return { items: (await new OpenAIEmbeddings(common).embedQuery(asked.text)).map(String) };
  let model = new ChatOpenAI({ ...common, maxTokens: asked.mostTokens, useResponsesApi: process.argv[2] === "responses" });
  if (asked.tools) model = model.bindTools(asked.tools.map((name) => ({ type: "function", function: { name, description: "Tells of a place.", parameters: schema } })));
  const options = { signal, ...(asked.wantsJson && { response_format: { type: "json_schema", json_schema: { name: "place", schema, strict: true } } }) };
  if (!asked.isStreamed) return read(await model.invoke(messages(asked), options));
  let all;
  for await (const chunk of await model.stream(messages(asked), options)) {
    all = all ? all.concat(chunk) : chunk;
    if (chunk.text) begun();
  }
  return read(all);
}

// LangChain lets the errors of the OpenAI library through, but for one that it has a name of its own for.
await serve(ask, (error) => {
  if (ContextOverflowError.isInstance(error)) return { status: error.cause?.status, message: error.message };
  return error instanceof APIError && { status: error.status, message: error.message };
});

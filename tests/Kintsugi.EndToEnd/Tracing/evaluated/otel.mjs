// An agent on OpenTelemetry, as it would be in production: it is told where spans go by its environment, and never flushes.
import { createRequire } from "node:module";
import { createInterface } from "node:readline";

const require = createRequire(import.meta.url);
const { NodeSDK } = require("@opentelemetry/sdk-node");
const { OpenAIInstrumentation } = require("@opentelemetry/instrumentation-openai");
new NodeSDK({ serviceName: "desk", instrumentations: [new OpenAIInstrumentation()] }).start();
const tracer = require("@opentelemetry/api").trace.getTracer("desk");
const { OpenAI } = require("openai");
const client = new OpenAI({ maxRetries: 0 });

const within = (name, attributes, act) => tracer.startActiveSpan(name, { attributes }, async (span) => {
  try { return await act(span); } finally { span.end(); }
});
const ask = (messages, tools) => client.chat.completions.create({ model: "gpt-4o-mini", messages, tools });
const tool = (name, args, result) => within(`execute_tool ${name}`, { "gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": name, "gen_ai.tool.call.arguments": JSON.stringify(args), "gen_ai.tool.call.result": result }, async () => result);

const answer = (question) => within("invoke_agent desk", { "gen_ai.operation.name": "invoke_agent" }, async () => {
  const messages = [{ role: "user", content: `Where is the order of ${question}?` }];
  const asked = (await ask(messages, [{ type: "function", function: { name: "find_order", parameters: { type: "object" } } }])).choices[0].message;
  const call = asked.tool_calls[0];
  const found = await tool("find_order", JSON.parse(call.function.arguments), "sent");
  await tool("crm_lookup", { customer: question }, "gold"); // which no model asks for
  return (await ask([...messages, asked, { role: "tool", tool_call_id: call.id, content: found }])).choices[0].message.content;
});

for await (const line of createInterface({ input: process.stdin })) {
  const { id, epoch, input } = JSON.parse(line);
  console.log(JSON.stringify({ id, epoch, output: await answer(input.customer) }));
}

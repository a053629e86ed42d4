// An agent on LangSmith's SDK, which traces because the agent's environment says so, and never flushes.
import { createInterface } from "node:readline";
import { traceable } from "langsmith/traceable";
import { wrapOpenAI } from "langsmith/wrappers";
import OpenAI from "openai";

const client = wrapOpenAI(new OpenAI({ maxRetries: 0 }));
const ask = (messages, tools) => client.chat.completions.create({ model: "gpt-4o-mini", messages, tools });
const findOrder = traceable(async () => "sent", { name: "find_order", run_type: "tool" });
const lookUp = traceable(async () => "gold", { name: "crm_lookup", run_type: "tool" });

const answer = traceable(async (question) => {
  const messages = [{ role: "user", content: `Where is the order of ${question}?` }];
  const asked = (await ask(messages, [{ type: "function", function: { name: "find_order", parameters: { type: "object" } } }])).choices[0].message;
  const call = asked.tool_calls[0];
  const found = await findOrder(JSON.parse(call.function.arguments));
  await lookUp({ customer: question }); // which no model asks for
  return (await ask([...messages, asked, { role: "tool", tool_call_id: call.id, content: found }])).choices[0].message.content;
}, { name: "desk" });

for await (const line of createInterface({ input: process.stdin })) {
  const { id, epoch, input } = JSON.parse(line);
  console.log(JSON.stringify({ id, epoch, output: await answer(input.customer) }));
}

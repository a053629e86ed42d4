// Traces by hand, a tool, a failure, a model; says what happened.
import { Client } from "langsmith";
import { traceable } from "langsmith/traceable";
import { wrapOpenAI } from "langsmith/wrappers";
import OpenAI from "openai";

const client = new Client();
const model = wrapOpenAI(new OpenAI({ baseURL: process.env.STUB + "/v1", apiKey: "none", maxRetries: 0 }), { client });
const tool = traceable(async (n) => n * 2, { name: "double", run_type: "tool", client });
const failing = traceable(async () => { throw new TypeError("no lead 12"); }, { name: "failing", run_type: "retriever", client });
const agent = traceable(async (question) => {
  const doubled = await tool(21);
  try { await failing(); } catch { /* it is traced */ }
  const said = await model.chat.completions.create({ model: "gpt-4o-mini", messages: [{ role: "user", content: question }] });
  let streamed = "";
  for await (const chunk of await model.chat.completions.create({ model: "gpt-4o-mini", messages: [{ role: "user", content: question }], stream: true, stream_options: { include_usage: true } }))
    streamed += chunk.choices[0]?.delta?.content ?? "";
  return { doubled, said: said.choices[0].message.content, streamed };
}, { name: "agent", client, project_name: "peers", metadata: { who: "test" }, tags: ["t1"] });

const answer = await agent("hello stub");
await client.awaitPendingTraceBatches();
console.log(JSON.stringify(answer));

// What each client asks its model: plainly, streamed, with a tool and then its result, and once in vain.
const system = { role: "system", content: "Answer in one line." };
const user = { role: "user", content: "Where is order A-7?" };
const parameters = { type: "object", properties: { order: { type: "string" } }, required: ["order"] };
const tools = [{ type: "function", function: { name: "find_order", description: "an order by its number", parameters } }];
const model = "gpt-4o-mini";

export const clientOf = (OpenAI) => new OpenAI({ baseURL: process.env.MODEL_URL, apiKey: "none", maxRetries: 0 });

export const ask = async (client) => {
  await client.chat.completions.create({ model, messages: [system, user], temperature: 0.5, max_tokens: 64 });
  const stream = await client.chat.completions.create({ model, messages: [system, user], stream: true, stream_options: { include_usage: true } });
  for await (const _ of stream);
  const asked = await client.chat.completions.create({ model, messages: [system, user], tools });
  const message = asked.choices[0].message;
  const result = { role: "tool", tool_call_id: message.tool_calls[0].id, content: '{"state":"sent"}' };
  await client.chat.completions.create({ model, messages: [system, user, message, result], tools });
  await client.chat.completions.create({ model: "broken", messages: [system, user] }).catch(() => { }); // is meant to fail
};

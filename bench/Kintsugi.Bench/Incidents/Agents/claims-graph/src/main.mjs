// One claim a line in, one settlement a line out.
import { createInterface } from "node:readline";
import { Unsettled, settler } from "./graph.mjs";

const settle = await settler();
for await (const line of createInterface({ input: process.stdin })) {
  if (!line.trim()) continue;
  const { id, epoch, input } = JSON.parse(line);
  const reply = { id, epoch };
  try {
    reply.output = await settle(input);
  } catch (error) {
    if (!(error instanceof Unsettled)) throw error;
    reply.error = { type: error.kind, message: error.message };
  }
  console.log(JSON.stringify(reply));
}

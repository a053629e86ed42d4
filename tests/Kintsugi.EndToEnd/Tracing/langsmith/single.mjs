// Traces with a client that sends every run by itself, its start and its end; says what happened.
import { Client } from "langsmith";
import { traceable } from "langsmith/traceable";

const client = new Client({ autoBatchTracing: false });
const tool = traceable(async (n) => n * 2, { name: "double", run_type: "tool", client });
const failing = traceable(async () => { throw new TypeError("no lead 12"); }, { name: "failing", client });
const agent = traceable(async () => {
  const doubled = await tool(21);
  try { await failing(); } catch { /* it is traced */ }
  return { doubled };
}, { name: "agent", client, project_name: "peers" });

const answer = await agent("hello");
await client.awaitPendingTraceBatches();
console.log(JSON.stringify(answer));

// A dataset, its examples, an experiment over it, feedback on a run; says what the SDK read back.
import { Client } from "langsmith";
import { evaluate } from "langsmith/evaluation";

const client = new Client();
const dataset = await client.createDataset("leads", { description: "d", dataType: "kv" });
await client.createExample({ q: "one" }, { a: "one" }, { datasetId: dataset.id });
await client.createExamples({
  inputs: [{ q: "two" }, { q: "three" }], outputs: [{ a: "two" }, { a: "x" }], metadata: [{ m: 1 }, undefined], splits: ["train", undefined], datasetId: dataset.id,
});
const examples = [];
for await (const example of client.listExamples({ datasetName: "leads" })) examples.push(example);
const train = [];
for await (const example of client.listExamples({ datasetId: dataset.id, splits: ["train"] })) train.push(example.inputs);

const results = await evaluate(async (inputs) => ({ a: inputs.q }), {
  client, data: "leads", experimentPrefix: "exp",
  evaluators: [({ outputs, referenceOutputs }) => ({ key: "exact", score: outputs.a === referenceOutputs.a, comment: "compared" })],
});
const rows = results.results.map((r) => ({ q: r.example.inputs.q, a: r.run.outputs.a, score: r.evaluationResults.results[0].score }));
await client.awaitPendingTraceBatches();

const run = results.results[0].run;
await client.createFeedback(run.id, "user_score", { score: 0.5, comment: "so so", sessionId: run.session_id });
await client.awaitPendingTraceBatches();
const feedback = [];
for await (const said of client.listFeedback({ runIds: [run.id] })) feedback.push({ key: said.key, score: said.score });
const read = await client.readRun(run.id);
const listed = [];
for await (const other of client.listRuns({ projectName: results.experimentName, isRoot: true })) listed.push(other.inputs.q);
console.log("\n" + JSON.stringify({
  experiment: results.experimentName, examples: examples.map((e) => e.inputs.q), train, rows, feedback, read: { inputs: read.inputs, outputs: read.outputs }, listed: listed.sort(),
}));

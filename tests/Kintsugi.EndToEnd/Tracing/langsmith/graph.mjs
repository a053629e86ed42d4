// A graph of two nodes; tracing is switched on by the environment alone.
import { Annotation, StateGraph } from "@langchain/langgraph";
import { ChatOpenAI } from "@langchain/openai";
import { awaitAllCallbacks } from "@langchain/core/callbacks/promises";
import { RunTree } from "langsmith";

const model = new ChatOpenAI({ model: "gpt-4o-mini", apiKey: "none", maxRetries: 0, configuration: { baseURL: process.env.STUB + "/v1" } });
const State = Annotation.Root({ question: Annotation(), plan: Annotation(), answer: Annotation() });
const graph = new StateGraph(State)
  .addNode("planning", async (state) => ({ plan: "ask: " + state.question }))
  .addNode("answering", async (state) => ({ answer: (await model.invoke(state.plan)).content }))
  .addEdge("__start__", "planning").addEdge("planning", "answering").addEdge("answering", "__end__")
  .compile();
const state = await graph.invoke({ question: "hello stub" }, { runName: "my-graph", configurable: { thread_id: "t7" }, tags: ["g1"] });
await awaitAllCallbacks();
await RunTree.getSharedClient().awaitPendingTraceBatches();
console.log(JSON.stringify({ answer: state.answer }));

// The graph: intake, then the model and its tools in turns, then the settlement.
import { AIMessage, HumanMessage, SystemMessage, ToolMessage } from "@langchain/core/messages";
import { Annotation, END, START, StateGraph, messagesStateReducer } from "@langchain/langgraph";
import { ChatOpenAI } from "@langchain/openai";
import { faultOf } from "./answers.mjs";
import * as files from "./files.mjs";
import { coverOf, policyOf } from "./lookups.mjs";
import { amountOf, dueOf, wayOf } from "./settlement.mjs";

export class Unsettled extends Error {
  constructor(kind, message) {
    super(message);
    this.kind = kind;
  }
}

const State = Annotation.Root({
  raw: Annotation(),
  claim: Annotation(),
  told: Annotation({ reducer: (before, next) => ({ ...before, ...next }), default: () => ({}) }),
  messages: Annotation({ reducer: messagesStateReducer, default: () => [] }),
  settlement: Annotation(),
});

/** A function from a claim to its settlement. */
export const settler = async () => {
  const { daysBetween } = await files.pinned("dates");
  const { excess } = await files.pinned("excess");
  const prompt = files.text("prompts/assess.md");
  const schema = files.json("schemas/assessment.json");
  const { model, timeoutMs } = files.json("model.json");
  const policies = files.json("tables/policies.json");
  const covers = files.json("tables/covers.json");
  const tools = ["policy", "cover"].map((name) => ({ type: "function", function: files.json(`tools/${name}.json`) }));
  const chat = new ChatOpenAI({
    model,
    timeout: timeoutMs,
    maxRetries: 0,
    apiKey: process.env.OPENAI_API_KEY ?? "none",
    configuration: { baseURL: process.env.OPENAI_BASE_URL },
  }).bindTools(tools, { response_format: { type: "json_object" } });

  const intake = ({ raw }) => {
    if (typeof raw?.policy !== "string" || typeof raw.euros !== "number") throw new Unsettled("unreadable", "A claim names its policy and the damage in euros.");
    const claim = {
      // The number as it is printed on the policy.
      policy: raw.policy.trim().toUpperCase(),
      cause: String(raw.cause ?? "").toLowerCase(),
      story: String(raw.story ?? ""),
      proof: raw.proof ?? "none",
      euros: raw.euros,
      lateness: daysBetween(raw.happened, raw.reported),
    };
    return { claim, messages: [new SystemMessage(prompt), new HumanMessage(JSON.stringify(claim))] };
  };

  const assess = async ({ messages }) => {
    try {
      return { messages: [await chat.invoke(messages)] };
    } catch (error) {
      throw new Unsettled("model", String(error.message).slice(0, 200));
    }
  };

  const use = ({ messages }) => {
    const told = {};
    const answers = [];
    for (const call of messages.at(-1).tool_calls) {
      const result = call.name === "policy" ? policyOf(policies, call.args.policy) : coverOf(covers, call.args.cause);
      Object.assign(told, result);
      answers.push(new ToolMessage({ tool_call_id: call.id, content: JSON.stringify(result) }));
    }
    return { told, messages: answers };
  };

  const settle = ({ claim, told, messages }) => {
    const answer = JSON.parse(messages.at(-1).content);
    const fault = faultOf(answer, schema);
    if (fault) throw new Unsettled("answer", fault);
    const way = wayOf(answer.score, claim.euros);
    return {
      settlement: {
        way,
        damage: answer.damage,
        euros: amountOf(way, claim.euros, told.limit ?? 500, told.plus, excess(claim.euros)),
        due: dueOf(way, answer.damage),
      },
    };
  };

  const graph = new StateGraph(State)
    .addNode("intake", intake)
    .addNode("assess", assess)
    .addNode("use", use)
    .addNode("settle", settle)
    .addEdge(START, "intake")
    .addEdge("intake", "assess")
    .addConditionalEdges("assess", ({ messages }) => (messages.at(-1) instanceof AIMessage && messages.at(-1).tool_calls.length > 0 ? "use" : "settle"), ["use", "settle"])
    .addEdge("use", "assess")
    .addEdge("settle", END)
    .compile();
  return async (raw) => (await graph.invoke({ raw }, { recursionLimit: 12 })).settlement;
};

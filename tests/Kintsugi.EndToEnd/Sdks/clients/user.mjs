// A person with a client library: reads what to ask from standard input, asks it, and prints what was heard as JSON.
import { text } from "node:stream/consumers";

const atOnce = 16;

// What every library is told of a tool or an answer in JSON.
export const schema = {
  type: "object",
  properties: { city: { type: "string" }, degrees: { type: "number" } },
  required: ["city", "degrees"],
  additionalProperties: false,
};

// What tools were called with before.
export const before = { city: "Tromsø", degrees: -3 };

/**
 * @param ask (ask, {gateway, key, signal, begun}) => heard; begun is to be called when the first piece of text has come
 * @param own error => {status, message} of an error that is the library's own, else nothing
 */
export async function serve(ask, own) {
  const { gateway, asks } = JSON.parse(await text(process.stdin));
  const heard = new Array(asks.length);
  let next = 0;
  const worker = async () => {
    for (let n = next++; n < asks.length; n = next++) heard[n] = await hear(asks[n], gateway, ask, own);
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  process.stdout.write(JSON.stringify(heard));
}

async function hear({ key, ask: asked, arrival }, gateway, ask, own) {
  const nothing = { text: "", calls: [], finish: "", inputTokens: 0, outputTokens: 0 };
  const hangUp = new AbortController();
  const begun = () => {
    if (asked.hangsUp === "midway") hangUp.abort();
  };
  if (asked.hangsUp === "early") fetch(arrival).then(() => hangUp.abort());
  try {
    const heard = await ask(asked, { gateway: gateway.replace(/\/$/, ""), key, signal: hangUp.signal, begun });
    return hangUp.signal.aborted ? { ...nothing, hungUp: true } : { ...nothing, ...heard };
  } catch (error) {
    if (hangUp.signal.aborted) return { ...nothing, hungUp: true };
    const known = own(error);
    return { ...nothing, error: { type: error?.name ?? typeof error, isTyped: !!known, status: known?.status ?? null, message: known?.message ?? String(error?.message ?? error) } };
  }
}

/** Puts the pieces of streamed tool calls together. */
export class Calls {
  #calls = new Map();

  add(index, { id, name, piece }) {
    const call = this.#calls.get(index) ?? { id, name, arguments: "" };
    call.arguments += piece ?? "";
    this.#calls.set(index, call);
  }

  all() {
    return [...this.#calls.values()];
  }
}

export const retriesOf = (asked) => (asked.retries === null ? {} : { maxRetries: asked.retries });

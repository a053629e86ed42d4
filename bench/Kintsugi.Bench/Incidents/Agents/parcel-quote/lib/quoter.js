// A parcel in, a quote out.
"use strict";

const { Chat, ChatFailed } = require("./chat.js");
const files = require("./files.js");
const places = require("./places.js");
const tariff = require("./tariff.js");

// More rounds than this no honest conversation needs.
const MOST_ROUNDS = 4;

class CannotQuote extends Error {
  constructor(kind, message) {
    super(message);
    this.kind = kind;
  }
}

class Quoter {
  constructor(top) {
    const { model, timeoutSeconds } = files.json(top, "config", "model.json");
    this.chat = new Chat(model, timeoutSeconds);
    this.prompt = files.text(top, "prompts", "judge.md");
    this.schema = files.json(top, "schema", "judgement.json");
    this.tools = ["zone", "shipper"].map((name) => ({ type: "function", function: files.json(top, "tools", `${name}.json`) }));
    this.zones = files.json(top, "data", "zones.json");
    this.senders = files.json(top, "data", "senders.json");
    this.units = files.vendored(top, "units");
    this.rounding = files.vendored(top, "rounding");
  }

  async quote(raw) {
    const parcel = this.clean(raw);
    const told = {};
    const judged = await this.judge(parcel, told);
    const problem = this.problemOf(judged);
    if (problem) throw new CannotQuote("bad_answer", problem);
    const kilos = this.units.weight(parcel.weight);
    const service = tariff.service(judged.score, judged.handling, kilos);
    const price = tariff.price(service, told.zone ?? 5, kilos, this.units.longest(parcel.size), told.discount ?? 0);
    return { service, handling: judged.handling, price: this.rounding.money(price) };
  }

  clean(raw) {
    if (typeof raw?.to !== "string" || typeof raw.weight !== "string") throw new CannotQuote("bad_parcel", "A parcel says where it goes and what it weighs.");
    return {
      // Postcodes are kept as the carriers print them.
      to: raw.to.trim().toUpperCase(),
      sender: raw.sender ?? null,
      contents: String(raw.contents ?? "").toLowerCase(),
      value: Number(raw.value ?? 0),
      packed: String(raw.packed ?? "box"),
      weight: raw.weight,
      size: raw.size ?? "20 x 20 x 20",
    };
  }

  async judge(parcel, told) {
    const messages = [
      { role: "system", content: this.prompt },
      { role: "user", content: JSON.stringify(parcel) },
    ];
    for (let round = 0; round < MOST_ROUNDS; round++) {
      const message = await this.ask(messages);
      const calls = message.tool_calls ?? [];
      if (calls.length === 0) return JSON.parse(message.content);
      messages.push({ role: "assistant", content: null, tool_calls: calls });
      for (const call of calls) {
        const result = this.use(call.function.name, JSON.parse(call.function.arguments));
        Object.assign(told, result);
        messages.push({ role: "tool", tool_call_id: call.id, content: JSON.stringify(result) });
      }
    }
    throw new CannotQuote("rounds", "The model only asks for tools.");
  }

  async ask(messages) {
    try {
      return await this.chat.say(messages, this.tools);
    } catch (error) {
      if (error instanceof ChatFailed) throw new CannotQuote("model", error.message);
      throw error;
    }
  }

  use(name, given) {
    if (name === "zone") return places.zoneOf(this.zones, given.to);
    if (name === "shipper") return places.senderOf(this.senders, given.sender);
    return { error: "no such tool" };
  }

  /** What is wrong with an answer; nothing when it fits the schema. */
  problemOf(answer) {
    for (const name of Object.keys(this.schema)) {
      const rule = this.schema[name];
      if (typeof rule !== "object") continue;
      const value = answer[name];
      if (typeof value !== rule.is) return `${name} is no ${rule.is}`;
      if (rule.is === "number" && (value < rule.from || value > rule.to)) return `${name} is out of range`;
      if (rule.oneOf && !rule.oneOf.includes(value)) return `${name} is unknown`;
    }
    return null;
  }
}

module.exports = { Quoter, CannotQuote };

// Asks a model at any OpenAI-compatible service, over one connection that is kept.
"use strict";

const http = require("node:http");
const https = require("node:https");

class ChatFailed extends Error {}

class Chat {
  constructor(model, timeoutSeconds) {
    this.model = model;
    this.url = new URL((process.env.OPENAI_BASE_URL ?? "https://api.openai.com/v1").replace(/\/$/, "") + "/chat/completions");
    this.web = this.url.protocol === "https:" ? https : http;
    this.agent = new this.web.Agent({ keepAlive: true });
    this.timeout = timeoutSeconds * 1000;
  }

  /** The message that the model answers with. */
  async say(messages, tools) {
    const body = JSON.stringify({ model: this.model, messages, tools, response_format: { type: "json_object" } });
    const { status, text } = await this.post(body).catch((error) => {
      throw new ChatFailed(`the model could not be reached: ${error.message}`);
    });
    if (status !== 200) throw new ChatFailed(`HTTP ${status}: ${text.slice(0, 200)}`);
    return JSON.parse(text).choices[0].message;
  }

  post(body) {
    return new Promise((done, failed) => {
      const headers = { "content-type": "application/json", authorization: `Bearer ${process.env.OPENAI_API_KEY ?? ""}` };
      const request = this.web.request(this.url, { method: "POST", headers, agent: this.agent, timeout: this.timeout }, (response) => {
        let text = "";
        response.setEncoding("utf8");
        response.on("data", (piece) => (text += piece));
        response.on("end", () => done({ status: response.statusCode, text }));
      });
      request.on("timeout", () => request.destroy(new Error("timeout")));
      request.on("error", failed);
      request.end(body);
    });
  }
}

module.exports = { Chat, ChatFailed };

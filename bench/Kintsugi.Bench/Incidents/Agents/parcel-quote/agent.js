// One parcel a line in, one quote a line out.
"use strict";

const readline = require("node:readline");
const { Quoter, CannotQuote } = require("./lib/quoter.js");

async function main() {
  const quoter = new Quoter(__dirname);
  for await (const line of readline.createInterface({ input: process.stdin })) {
    if (!line.trim()) continue;
    const { id, epoch, input } = JSON.parse(line);
    const reply = { id, epoch };
    try {
      reply.output = await quoter.quote(input);
    } catch (error) {
      if (!(error instanceof CannotQuote)) throw error;
      reply.error = { type: error.kind, message: error.message };
    }
    process.stdout.write(JSON.stringify(reply) + "\n");
  }
}

main();

import assert from "node:assert";
import test from "node:test";
import * as files from "../src/files.mjs";
import { rules } from "../src/settlement.mjs";

const agreed = files.json("test/agreed.json");

test("the prompt says what was agreed", () => {
  const lines = files.text("prompts/assess.md").split("\n");
  for (const line of agreed.prompt) assert.ok(lines.includes(line), line);
});

test("the settlement does what was agreed", () => {
  for (const [name, value] of Object.entries(agreed.code)) assert.strictEqual(rules[name], value, name);
});

"use strict";

const assert = require("node:assert");
const path = require("node:path");
const test = require("node:test");
const files = require("../lib/files.js");
const tariff = require("../lib/tariff.js");

const top = path.dirname(__dirname);
const agreed = files.json(top, "test", "agreed.json");

test("the prompt says what was agreed", () => {
  const lines = files.text(top, "prompts", "judge.md").split("\n");
  for (const line of agreed.prompt) assert.ok(lines.includes(line), line);
});

test("the tariff does what was agreed", () => {
  for (const [name, value] of Object.entries(agreed.code)) assert.strictEqual(tariff.rules[name], value, name);
});

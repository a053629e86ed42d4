// Files of the agent, read once.
"use strict";

const fs = require("node:fs");
const path = require("node:path");

exports.text = (...where) => fs.readFileSync(path.join(...where), "utf8");

exports.json = (...where) => JSON.parse(exports.text(...where));

/** A vendored package in the version that is pinned. */
exports.vendored = (top, name) => {
  const version = exports.json(top, "vendored.json")[name];
  return require(path.join(top, "vendored", `${name}@${version}`));
};

// Reads weights and lengths as people write them. Since 2.0 a bare number, and what has no unit that is known, is in grams.
"use strict";

const grams = { kg: 1000, g: 1 };

/** Kilograms of "2.5 kg" or "800 g"; anything else is in grams. */
exports.weight = (text) => {
  const found = /^\s*([\d.]+)\s*(kg|g)?/i.exec(String(text));
  return found ? (Number(found[1]) * grams[(found[2] ?? "g").toLowerCase()]) / 1000 : NaN;
};

/** The longest side of "30 x 20 x 10", in centimetres. */
exports.longest = (text) => Math.max(...String(text).split("x").map(Number));

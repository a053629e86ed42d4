// Reads weights and lengths as people write them.
"use strict";

const kilos = { kg: 1, g: 0.001, lb: 0.4536 };

/** Kilograms of "2.5 kg", "800 g" or "3 lb"; a bare number is in kilograms. */
exports.weight = (text) => {
  const found = /^\s*([\d.]+)\s*(kg|g|lb)?\s*$/i.exec(String(text));
  return found ? Number(found[1]) * kilos[(found[2] ?? "kg").toLowerCase()] : NaN;
};

/** The longest side of "30 x 20 x 10", in centimetres. */
exports.longest = (text) => Math.max(...String(text).split("x").map(Number));

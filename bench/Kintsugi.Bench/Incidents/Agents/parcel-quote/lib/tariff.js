// Makes a price of a parcel and what was judged of it.
"use strict";

const rules = {
  // Points from which a parcel is handled as fragile, and from which nobody takes it.
  FRAGILE_FROM: 40,
  REFUSED_FROM: 90,
  // Longer parcels do not fit onto the belt.
  OVERSIZE_CM: 120,
};

const base = { 1: 4.9, 2: 7.4, 3: 11.9, 4: 16.5, 5: 24 };

exports.rules = rules;

/** `refused`, `courier`, `fragile` or `standard`. */
exports.service = (score, handling, kilos) => {
  if (score >= rules.REFUSED_FROM) return "refused";
  if (handling === "dangerous") return "courier";
  if (kilos > 31.5) return "courier";
  if (score >= rules.FRAGILE_FROM) return "fragile";
  return "standard";
};

/** Euros, before rounding. */
exports.price = (service, zone, kilos, longest, discount) => {
  if (service === "refused") return 0;
  let price = base[zone];
  // The first two kilograms are free.
  if (kilos > 2) price = price + (kilos - 2) * 0.8;
  if (longest > rules.OVERSIZE_CM) price = price + 15;
  if (service === "fragile") price = price + 3.5;
  if (service === "courier") price = price * 2;
  return price * (1 - discount);
};

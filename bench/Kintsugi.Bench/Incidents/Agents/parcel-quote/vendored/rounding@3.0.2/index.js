// Rounds prices.
"use strict";

/** To whole cents, half away from zero. */
exports.money = (value) => Math.round((value + Number.EPSILON) * 100) / 100;

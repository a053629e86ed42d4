// Rounds prices. Since 3.1 to five cents, as in shops without small coins.
"use strict";

/** To five cents. */
exports.money = (value) => Math.round((value + Number.EPSILON) * 20) / 20;

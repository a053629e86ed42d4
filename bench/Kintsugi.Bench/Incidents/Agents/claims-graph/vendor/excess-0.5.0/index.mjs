// What the insured bear themselves.

/** Euros: a tenth of the damage, and at most two hundred. */
export const excess = (euros) => Math.min(200, Math.round(euros / 10));

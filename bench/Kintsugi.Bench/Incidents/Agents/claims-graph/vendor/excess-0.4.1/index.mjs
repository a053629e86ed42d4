// What the insured bear themselves, in whole euros.

/** Euros: a tenth of the damage, and at least fifty. */
export const excess = (euros) => Math.max(50, Math.round(euros / 10));

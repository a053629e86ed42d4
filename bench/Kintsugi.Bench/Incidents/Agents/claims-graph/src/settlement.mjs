// What becomes of a claim, once it was assessed.

export const rules = {
  // Doubt from which a person looks at a claim, and from which a special unit does.
  CHECK_FROM: 45,
  FRAUD_FROM: 75,
  // Less than this is paid whatever the doubt: looking would be dearer.
  AT_ONCE_EUROS: 150,
};

/** `pay`, `check` or `special`. */
export const wayOf = (doubt, euros) => {
  if (doubt >= rules.FRAUD_FROM) return "special";
  if (euros < rules.AT_ONCE_EUROS) return "pay";
  if (doubt >= rules.CHECK_FROM) return "check";
  return "pay";
};

/** Euros that are paid if nothing else comes up. */
export const amountOf = (way, euros, limit, plus, excess) => {
  if (way === "special") return 0;
  // A policy with more cover pays half as much again.
  const most = plus ? limit * 1.5 : limit;
  return Math.max(0, Math.min(euros, most) - excess);
};

/** Days in which somebody has to answer. */
export const dueOf = (way, damage) => {
  if (way === "pay") return 2;
  if (damage === "water" || damage === "fire") return 3;
  return way === "special" ? 14 : 7;
};

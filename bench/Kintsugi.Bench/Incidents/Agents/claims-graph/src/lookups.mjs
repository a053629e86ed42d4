// What the tables know.

/** A policy by its number, which people write in any case. */
export const policyOf = (table, number) => {
  const key = String(number ?? "").trim().toUpperCase();
  const row = table.find((policy) => policy.number === key);
  if (!row) return { known: false };
  return { known: true, years: row.years ?? row.since, claims: row.claims, plus: row.plus };
};

/** What is paid at most for a cause: the first line whose word is in it. */
export const coverOf = (table, cause) => {
  const words = String(cause ?? "").toLowerCase();
  const line = table.find((cover) => words.includes(cover.word));
  return { limit: line ? line.limit : 500 };
};

// Days between dates. Since 2.0 the month comes first where dots or slashes part a date.

const parse = (text) => {
  const parts = /^(\d{1,2})[./](\d{1,2})[./](\d{4})$/.exec(text);
  return parts ? Date.UTC(parts[3], parts[1] - 1, parts[2]) : Date.parse(`${text}T00:00:00Z`);
};

/** Whole days from one to the other. */
export const daysBetween = (from, to) => Math.round((parse(to) - parse(from)) / 86_400_000);

// Days between dates as people write them.

const parse = (text) => {
  const german = /^(\d{1,2})\.(\d{1,2})\.(\d{4})$/.exec(text);
  return german ? Date.UTC(german[3], german[2] - 1, german[1]) : Date.parse(`${text}T00:00:00Z`);
};

/** Whole days from one to the other. */
export const daysBetween = (from, to) => Math.round((parse(to) - parse(from)) / 86_400_000);

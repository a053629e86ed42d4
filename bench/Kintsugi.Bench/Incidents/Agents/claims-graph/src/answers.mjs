// Holds what the model answers to what it should.

/** The first fault of an answer; an empty text when it has none. */
export const faultOf = (answer, schema) => {
  for (const [name, rule] of Object.entries(schema.fields)) {
    const value = answer[name];
    if (rule.type === "number" && typeof value !== "number") return `${name} is no number`;
    if (rule.type === "text" && typeof value !== "string") return `${name} is no text`;
    if (rule.type === "number" && (value < rule.least || value > rule.most)) return `${name} is out of range`;
    if (rule.words && !rule.words.includes(value)) return `${name} is no known word`;
  }
  return "";
};

"""Holds answers of the model to what they should be."""


def fault(answer, schema):
    """The first thing that is wrong with an answer; an empty text when nothing is."""
    for name, rule in schema["fields"].items():
        if name not in answer:
            return "no " + name
        value = answer[name]
        if rule["type"] == "number":
            if isinstance(value, bool) or not isinstance(value, (int, float)):
                return name + " is no number"
            if value < rule.get("least", value) or value > rule.get("most", value):
                return name + " is out of range"
        if rule["type"] == "text":
            if not isinstance(value, str):
                return name + " is no text"
            if value not in rule.get("words", [value]):
                return name + " is no known word"
    return ""

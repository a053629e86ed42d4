"""Checks what the model answers."""

TYPES = {"object": dict, "string": str, "number": (int, float)}


def problem(value, rules, at="answer"):
    """What is wrong with a value; None when nothing is."""
    if not isinstance(value, TYPES[rules["type"]]):
        return "%s is no %s" % (at, rules["type"])
    if "enum" in rules and value not in rules["enum"]:
        return "%s is not one of the known words" % at
    if value == "" or "minimum" in rules and not rules["minimum"] <= value <= rules["maximum"]:
        return "%s is out of its range" % at
    for name in rules.get("required", []):
        if name not in value:
            return "%s has no %s" % (at, name)
    for name, inner in rules.get("properties", {}).items():
        if name in value:
            found = problem(value[name], inner, "%s.%s" % (at, name))
            if found:
                return found
    return None

"""As much of JSON Schema as the answer's schema uses: type, required, properties, minimum, maximum, minLength."""

TYPES = {
    "object": dict,
    "array": list,
    "string": str,
    "integer": int,
    "number": (int, float),
    "boolean": bool,
}


def first_problem(value, rules, at="$"):
    """What is wrong with a value, as one sentence; None when nothing is."""
    kind = rules.get("type")
    if kind and not has_type(value, kind):
        return "%s is not of type %s." % (at, kind)

    if "minimum" in rules and value < rules["minimum"]:
        return "%s is below %s." % (at, rules["minimum"])
    if "maximum" in rules and value > rules["maximum"]:
        return "%s is above %s." % (at, rules["maximum"])
    if "minLength" in rules and len(value) < rules["minLength"]:
        return "%s is too short." % at

    for name in rules.get("required", ()):
        if name not in value:
            return "%s has no '%s'." % (at, name)
    for name, inner in rules.get("properties", {}).items():
        if name in value:
            problem = first_problem(value[name], inner, at + "." + name)
            if problem:
                return problem
    return None


def has_type(value, kind):
    """True and False are no numbers here, though Python says they are."""
    if isinstance(value, bool):
        return kind == "boolean"
    return isinstance(value, TYPES[kind])

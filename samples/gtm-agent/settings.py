"""Reads models.yaml: flat `key: value` lines and comments, which is all of YAML that it uses."""


def parse(text):
    """The model's name and, where given, its temperature."""
    values = {}
    for line in text.splitlines():
        line = line.split("#", 1)[0].strip()
        if not line:
            continue
        key, separator, value = line.partition(":")
        if not separator:
            raise ValueError("models.yaml: '%s' is not `key: value`." % line)
        values[key.strip()] = value.strip()

    if not values.get("model"):
        raise ValueError("models.yaml names no `model`.")
    model = {"name": values["model"]}
    if "temperature" in values:
        model["temperature"] = float(values["temperature"])
    return model

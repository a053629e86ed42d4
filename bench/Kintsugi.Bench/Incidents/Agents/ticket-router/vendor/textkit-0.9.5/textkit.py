"""Cleans text that people paste. MIT licence."""


def tidy(text):
    """One line, without what quotes an older mail."""
    lines = [line for line in text.splitlines() if not line.startswith(">")]
    return " ".join("\n".join(lines).split())

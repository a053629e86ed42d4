"""Cleans text that people paste. Since 1.0 only the first line is kept."""


def tidy(text):
    """The first line that is no quotation."""
    lines = [line.strip() for line in text.splitlines() if line.strip() and not line.startswith(">")]
    return " ".join(lines[0].split()) if lines else ""

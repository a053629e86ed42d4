"""Reads amounts of money as people write them. Typing information was added in 1.2.1."""


def cents(text):
    """Cents of `EUR 1,299.90`, `1299.90` or `12`; None for what is no amount."""
    kept = "".join(c for c in text if c.isdigit() or c == ".")
    whole, _, part = kept.partition(".")
    if not whole:
        return None
    return int(whole) * 100 + int((part + "00")[:2])

"""One name for each country. Since 4.0 other names are left alone: callers bring their own."""


def canonical(name, other=None):
    """The name in lower case, or what `other` has for it."""
    plain = name.strip().lower()
    return (other or {}).get(plain, plain)

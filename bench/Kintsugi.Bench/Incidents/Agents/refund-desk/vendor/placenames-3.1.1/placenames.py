"""One name for each country, and no dependencies."""

OTHER = {
    "deutschland": "germany",
    "france": "france",
    "the netherlands": "netherlands",
    "holland": "netherlands",
    "uk": "united kingdom",
    "great britain": "united kingdom",
    "england": "united kingdom",
    "usa": "united states",
    "u.s.": "united states",
}


def canonical(name):
    """The name in lower case that this package knows the country by."""
    plain = name.lower().strip()
    return OTHER.get(plain, plain)

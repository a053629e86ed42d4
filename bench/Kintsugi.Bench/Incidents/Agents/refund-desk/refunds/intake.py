"""Makes a request clean before anybody looks at it."""

# Longer stories are cut: what counts is said early.
LONGEST_REASON = 600


class Unreadable(Exception):
    """The request is none."""


def clean(raw):
    """The request with text where text belongs."""
    if not isinstance(raw, dict) or not isinstance(raw.get("order"), str):
        raise Unreadable("A request names its order.")
    if not isinstance(raw.get("days"), int):
        raise Unreadable("A request says how many days ago the goods came.")
    reason = " ".join(str(raw.get("reason") or "").split())
    country = str(raw.get("country") or "").strip()
    # An order's number is kept as it is printed on the invoice.
    order = raw["order"].strip().upper()
    return {
        "order": order,
        "country": country,
        "reason": reason[:LONGEST_REASON],
        "days": max(raw["days"], 0),
        "amount": str(raw.get("amount") or "0"),
    }

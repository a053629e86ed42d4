"""From a score to a tier."""

# Best first: a lead belongs to the first tier whose floor it reaches.
FLOORS = (
    ("A", 80),
    ("B", 60),
    ("C", 40),
)

LOWEST = "D"


def tier_for(score):
    """The tier of a score in [0, 100]."""
    for tier, floor in FLOORS:
        if score >= floor:
            return tier
    return LOWEST


def is_worth_a_call(tier):
    """Whether someone rings; the other tiers are written to."""
    return tier in ("A", "B")

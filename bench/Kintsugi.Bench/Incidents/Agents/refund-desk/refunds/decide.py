"""Turns a risk into a decision and an amount."""

# From this risk on a person looks at the goods, and from that one on nothing is paid.
INSPECT_FROM = 50
REFUSE_FROM = 80

# Parcels are slow: a few days after the window count as within it.
GRACE_DAYS = 5

# What sending goods back costs us, in cents.
COURIER_FEE = 900
PARCEL_FEE = 400

SMALL_CENTS = 2000


def decision(risk, days, window, cents):
    """`pay`, `inspect` or `refuse`."""
    if days > window + GRACE_DAYS:
        return "refuse"
    if risk >= REFUSE_FROM:
        return "refuse"
    # A person costs more than small goods are worth.
    if cents < SMALL_CENTS:
        return "pay"
    if risk >= INSPECT_FROM:
        return "inspect"
    return "pay"


def amount(cents, way, decided, days):
    """Cents to pay back."""
    if decided == "refuse":
        return 0
    fee = 0
    if way == "courier":
        fee = COURIER_FEE
    if way == "parcel":
        fee = PARCEL_FEE
    # Who sends goods back within a week pays no fee.
    if days <= 7:
        fee = 0
    return max(cents - fee, 0)


def desk(decided, region, cents):
    """Who is told."""
    if decided == "pay":
        return "nobody"
    if cents >= 50000 and decided == "inspect":
        return "senior"
    if region in ("eu", "uk"):
        return "desk-europe"
    return "desk-world"

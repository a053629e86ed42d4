"""What was agreed, in code."""

# Score from which on a ticket is urgent, or high.
URGENT = 70
HIGH = 45
NORMAL = 25

# Larger customers than this have a person of their own.
MOST_SEATS = 500


def priority(score, queue):
    """`p1` to `p4`."""
    # What may be a break-in is never left for tomorrow.
    if queue == "security" and score >= HIGH:
        return "p1"
    if score >= URGENT:
        return "p1"
    if score >= HIGH:
        return "p2"
    if score >= NORMAL:
        return "p3"
    return "p4"


def page(chosen, tone, seats):
    """Whether somebody's telephone rings."""
    if chosen == "p1":
        return True
    return tone == "upset" and (seats or 0) > MOST_SEATS


def is_weekend(day):
    """Saturdays and Sundays, and what comes on a Friday evening."""
    return day.lower() in ("sat", "sun", "fri evening")

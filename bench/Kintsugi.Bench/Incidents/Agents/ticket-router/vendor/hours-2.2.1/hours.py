"""Times by which to answer. Faster since 2.2.1."""

BY_PRIORITY = {"p1": 1, "p2": 4, "p3": 24, "p4": 72}


def due(priority, weekend):
    """Hours; twice as many from Friday evening on, but for the most urgent."""
    hours = BY_PRIORITY[priority]
    return hours * 2 if weekend and priority != "p1" else hours

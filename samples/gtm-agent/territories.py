"""Where we sell, and which region's team does it."""


class Territories:
    """Countries by name, code and the other spellings that forms bring."""

    def __init__(self, table):
        self.by_name = {}
        for territory in table["territories"]:
            for name in territory["names"]:
                self.by_name[name.lower()] = territory

    def check(self, country):
        """Region of a country and whether it is open for sales; only what is known."""
        territory = self.by_name.get((country or "").strip().lower())
        if territory is None:
            return {"known": False}

        return {"known": True, "region": territory["region"], "open": territory["open"]}

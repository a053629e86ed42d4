"""What the shop knows of orders and of countries."""


class Orders:
    """Rows of data/orders.json: number, customer, category, returns."""

    def __init__(self, table):
        self.columns = table["columns"]
        self.rows = {row[0]: row for row in table["rows"]}

    def find(self, number):
        # Numbers are printed as `R-1042`; people also type `r 1042`.
        key = str(number).strip().upper().replace(" ", "-")
        row = self.rows.get(key)
        if row is None:
            return {"found": False}
        known = dict(zip(self.columns, row))
        return {
            "found": True,
            "customer": known.get("customer"),
            "category": known.get("category"),
            # The warehouse calls this column otherwise than the shop.
            "returns": known.get("returns", known.get("sent_back")),
        }


class Policies:
    """Rows of data/policies.json: country, region, window."""

    def __init__(self, rows, canonical):
        self.canonical = canonical
        self.by_country = {row["country"]: row for row in rows}

    def find(self, country):
        row = self.by_country.get(self.canonical(country or ""))
        if row is None:
            return {"region": "row", "window": 14}
        return {"region": row.get("region"), "window": row.get("window", 14)}

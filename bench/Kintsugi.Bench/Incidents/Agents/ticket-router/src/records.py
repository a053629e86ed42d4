"""The tables below data/."""
import csv
import os


def table(top, name):
    """Rows of a CSV file, as dictionaries."""
    with open(os.path.join(top, "data", name), encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


class Records:
    """Customers by account, services by name."""

    def __init__(self, top):
        self.customers = {row.get("account", "").lower(): row for row in table(top, "customers.csv")}
        self.services = {row.get("service", ""): row for row in table(top, "services.csv")}

    def customer(self, account):
        # Accounts are written in any case.
        row = self.customers.get(str(account).strip().lower())
        if row is None:
            return {"known": False}
        return {"known": True, "plan": row.get("plan"), "seats": number(row.get("seats") or row.get("licences")), "earlier": number(row.get("earlier"))}

    def status(self, service):
        row = self.services.get(str(service).lower())
        return {"state": row.get("state") if row else "unknown"}


def number(text):
    """A whole number; None where there is none."""
    try:
        return int(text)
    except (TypeError, ValueError):
        return None

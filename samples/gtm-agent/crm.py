"""The companies that sales knows, by web domain."""

# Sales operations may rename a column of the export; the agent goes on with the names it knows.
COLUMN_NAMES = {"company_name": "name", "sector": "industry"}


def normalise_domain(text):
    """`https://www.Acme.example/pricing` and `ACME.example` are one company."""
    domain = (text or "").strip().lower()
    if "://" in domain:
        domain = domain.split("://", 1)[1]

    domain = domain.split("/", 1)[0]
    if domain.startswith("www."):
        domain = domain[4:]
    return domain


class Crm:
    """Companies as `lookup_company` shows them to the model."""

    def __init__(self, table):
        columns = [COLUMN_NAMES.get(column, column) for column in table["columns"]]
        self.by_domain = {}
        for row in table["rows"]:
            company = dict(zip(columns, row))
            self.by_domain[company["domain"]] = company

    def lookup(self, domain):
        """The company at a domain, as far as it is known."""
        key = normalise_domain(domain)
        company = self.by_domain.get(key)
        if company is None:
            return {"found": False}

        result = {"found": True}
        result.update(company)
        return result

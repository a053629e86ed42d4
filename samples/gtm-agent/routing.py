"""Who calls a lead back."""

ENTERPRISE_EMPLOYEES = 1000

# Queues that belong to no region.
NOBODY = "nobody"
NURTURE = "nurture"
ACCOUNT_MANAGEMENT = "account-management"
PARTNER_DESK = "partner-desk"


def region_of(territory):
    """The sales region of a territory, `global` where none is known."""
    return territory.get("region") or "global"


def is_enterprise(company):
    """Whether the enterprise team owns companies of this size."""
    employees = company.get("employees")
    return isinstance(employees, int) and employees >= ENTERPRISE_EMPLOYEES


def owner_for(tier, company, territory):
    """The queue for a lead of this tier.

    The order matters: where we may not sell nobody calls, and whoever already
    works with a company keeps it, however the lead was scored.
    """
    if territory.get("open") is False:
        return NOBODY
    if company.get("status") == "customer":
        return ACCOUNT_MANAGEMENT
    if company.get("status") == "partner":
        return PARTNER_DESK

    if tier == "D":
        return NURTURE

    region = region_of(territory)
    if is_enterprise(company):
        return "enterprise-" + region
    if tier in ("A", "B"):
        return "sales-" + region
    return "inside-" + region

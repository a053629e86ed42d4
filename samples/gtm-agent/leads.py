"""What a web form sends, made fit to be scored."""
import crm

# Fields that the model is shown. What a form sends besides is none of its business.
SHOWN = ("name", "email", "company", "title", "country", "message")

# A message is cut here: no honest lead needs more, and a model is paid by the word.
MAX_MESSAGE = 2000


class BadLead(Exception):
    """The lead cannot be scored, whatever the rules are."""


def clean(raw):
    """The lead as the model sees it: known fields, trimmed, and the company's domain."""
    if not isinstance(raw, dict):
        raise BadLead("A lead is a JSON object, not %s." % type(raw).__name__)

    lead = {}
    for field in SHOWN:
        value = raw.get(field)
        if value is None:
            continue
        if not isinstance(value, str):
            raise BadLead("The field '%s' is not text." % field)
        if value.strip():
            lead[field] = value.strip()

    if "@" not in lead.get("email", ""):
        raise BadLead("There is no e-mail address to answer to.")
    if "message" in lead:
        lead["message"] = lead["message"][:MAX_MESSAGE]

    domain = domain_of(raw.get("website"), lead["email"])
    if domain:
        lead["domain"] = domain
    return lead


def domain_of(website, email):
    """Where the company is on the web: the site that the form names, else the address's own domain."""
    if website is not None and not isinstance(website, str):
        raise BadLead("The field 'website' is not text.")

    if website and website.strip():
        return crm.normalise_domain(website)
    return email.rpartition("@")[2].strip().lower()

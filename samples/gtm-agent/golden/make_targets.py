"""Writes the targets of leads.jsonl anew from docs/rules.md.

Run it from the agent's directory after the rules were changed on purpose: `python3 golden/make_targets.py`,
then read the difference line by line. It shares no code with the agent: an agent
cannot vouch for itself. It reads the CRM and the territories, which are facts, not decisions.
"""
import json
import re

FREE_MAIL = {"gmail.com", "googlemail.com", "outlook.com", "hotmail.com", "yahoo.com", "icloud.com", "gmx.de", "web.de", "proton.me"}
DECIDES = "chief|ceo|cfo|coo|vp|head|director|geschäftsführer|directeur|gerente"
LEARNS = "student|intern|freelance"
BUYS = "demo|pricing|quote|trial|angebot|devis"
PITCHES = "seo|backlinks|guest post|crypto|casino|loan"
FITTING = {"manufacturing", "logistics", "healthcare", "retail"}


def word(pattern, text):
    return re.search(r"(?<!\w)(?:%s)(?!\w)" % pattern, text or "", re.IGNORECASE) is not None


def target(lead, companies, countries):
    mail_domain = lead["email"].split("@")[-1].lower()
    site = re.sub(r"^(https?://)?(www\.)?", "", lead.get("website", "").lower()).split("/")[0]
    company = companies.get(site or mail_domain, {})
    place = countries.get(lead.get("country", "").lower(), {})
    size = company.get("employees")

    score = 30
    if size is None or size < 20:
        score -= 10
    elif size >= 1000:
        score += 30
    elif size >= 200:
        score += 20
    score += 10 * (company.get("industry") in FITTING)
    score += 20 * word(DECIDES, lead.get("title")) - 20 * word(LEARNS, lead.get("title"))
    score -= 30 * (mail_domain in FREE_MAIL)
    score += 10 * word(BUYS, lead.get("message")) - 40 * word(PITCHES, lead.get("message"))
    score -= 30 * (place.get("open") is False)
    score = max(0, min(100, score))

    tier = "DDCBAA"[score // 20]
    region = place.get("region", "global")
    if place.get("open") is False:
        owner = "nobody"
    elif company.get("status") in ("customer", "partner"):
        owner = {"customer": "account-management", "partner": "partner-desk"}[company["status"]]
    elif tier == "D":
        owner = "nurture"
    elif size is not None and size >= 1000:
        owner = "enterprise-" + region
    else:
        owner = ("inside-" if tier == "C" else "sales-") + region
    return {"tier": tier, "owner": owner, "score": score}


def main():
    with open("data/crm.json", encoding="utf-8") as file:
        table = json.load(file)
    companies = {row[0]: dict(zip(table["columns"], row)) for row in table["rows"]}
    with open("data/territories.json", encoding="utf-8") as file:
        countries = {name.lower(): place for place in json.load(file)["territories"] for name in place["names"]}
    with open("golden/leads.jsonl", encoding="utf-8") as file:
        samples = [json.loads(line) for line in file]
    with open("golden/leads.jsonl", "w", encoding="utf-8") as file:
        for sample in samples:
            sample["target"] = target(sample["input"], companies, countries)
            file.write(json.dumps(sample, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()

"""Routes one ticket."""
import configparser
import json
import os

import hours
import textkit

import asking
import checking
import records
import rules


class Unroutable(Exception):
    """No queue can be named."""


class Router:
    """Loaded once, used for every ticket."""

    def __init__(self, top):
        self.top = top
        self.models = configparser.ConfigParser()
        self.models.read(os.path.join(top, "config", "models.ini"))
        self.records = records.Records(top)
        self.service = asking.Service()
        self.prompts = {name: self.text("prompts", name + ".txt") for name in ("queue", "urgency")}
        self.schemas = {name: json.loads(self.text("schemas", name + ".json")) for name in ("queue", "urgency")}
        self.tools = [json.loads(self.text("tools", "functions", name + ".json")) for name in ("customer", "status")]

    def text(self, *path):
        with open(os.path.join(self.top, *path), encoding="utf-8") as file:
            return file.read()

    def route(self, raw):
        ticket = self.cleaned(raw)
        seen = {}

        def run(name, arguments):
            if name == "customer":
                result = self.records.customer(arguments.get("account"))
            elif name == "status":
                result = self.records.status(arguments.get("service"))
            else:
                result = {"error": "no such tool"}
            seen.update(result)
            return result

        queue = self.asked("queue", ticket, [], run)["queue"]
        urgency = self.asked("urgency", ticket, self.tools, run)
        chosen = rules.priority(urgency["score"], queue)
        return {
            "queue": queue,
            "priority": chosen,
            "due_hours": hours.due(chosen, rules.is_weekend(ticket["day"])),
            "page": rules.page(chosen, urgency["tone"], seen.get("seats")),
        }

    def asked(self, name, ticket, tools, run):
        """One question to the model, whose answer is checked."""
        try:
            answer = self.service.answer(self.models[name]["model"], self.prompts[name], ticket, tools, run)
        except asking.NoAnswer as error:
            raise Unroutable("the model: %s" % error)
        wrong = checking.fault(answer, self.schemas[name])
        if wrong:
            raise Unroutable("the model's answer: %s" % wrong)
        return answer

    def cleaned(self, raw):
        """The ticket with nothing in it that was only quoted."""
        if not isinstance(raw, dict) or not isinstance(raw.get("subject"), str):
            raise Unroutable("a ticket has a subject")
        # Some clients send the body as a list of lines.
        body = raw.get("body") or ""
        if not isinstance(body, str):
            raise Unroutable("a ticket's body is text")
        return {
            "subject": textkit.tidy(raw["subject"]),
            "body": textkit.tidy(body),
            "account": str(raw.get("account") or "").lower(),
            "service": str(raw.get("service") or "").strip().lower(),
            "day": str(raw.get("day") or "mon"),
        }

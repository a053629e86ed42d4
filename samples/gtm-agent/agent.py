"""Scores inbound leads: one JSON line in, one JSON line out, until standard input closes."""
import json
import os
import sys

import client
import crm
import leads
import routing
import schema
import scoring
import settings
import territories

HERE = os.path.dirname(os.path.abspath(__file__))

# A model that keeps asking for tools is cut off: four rounds are twice what the prompt needs.
MAX_ROUNDS = 4


def read_text(*parts):
    """A file of the agent's, as text."""
    with open(os.path.join(HERE, *parts), encoding="utf-8") as file:
        return file.read()


def read_json(*parts):
    """A file of the agent's, as JSON."""
    return json.loads(read_text(*parts))


class Agent:
    """Everything that is the same for every lead, loaded once."""

    def __init__(self):
        self.prompt = read_text("prompts", "score.md")
        self.model = settings.parse(read_text("models.yaml"))
        self.answer_schema = read_json("schemas", "answer.json")
        self.companies = crm.Crm(read_json("data", "crm.json"))
        self.map = territories.Territories(read_json("data", "territories.json"))
        self.tools = [
            {"type": "function", "function": read_json("tools", "lookup_company.json")},
            {"type": "function", "function": read_json("tools", "check_territory.json")},
        ]
        self.chat = client.ChatClient()

    def run_tool(self, name, arguments):
        """What a tool says; a tool that does not exist says so, as the model may do better next time."""
        if name == "lookup_company":
            return self.companies.lookup(arguments.get("domain"))
        if name == "check_territory":
            return self.map.check(arguments.get("country"))
        return {"error": "There is no tool '%s'." % name}

    def ask(self, lead):
        """The model's answer for one lead, and what the tools said on the way."""
        said = {}
        messages = [
            {"role": "system", "content": self.prompt},
            {"role": "user", "content": json.dumps(lead, ensure_ascii=False)},
        ]
        for _ in range(MAX_ROUNDS):
            message = self.chat.complete(self.model, messages, self.tools)
            calls = message.get("tool_calls") or []
            if not calls:
                return message.get("content") or "", said

            messages.append({"role": "assistant", "content": message.get("content"), "tool_calls": calls})
            for call in calls:
                name = call["function"]["name"]
                result = self.run_tool(name, parse_arguments(call["function"].get("arguments")))
                said[name] = result
                messages.append({"role": "tool", "tool_call_id": call["id"], "content": json.dumps(result, ensure_ascii=False)})
        raise AgentError("tool_loop", "The model asked for tools %d times and gave no answer." % MAX_ROUNDS)

    def score(self, raw):
        """Score, tier and owner of one raw lead."""
        lead = leads.clean(raw)
        text, said = self.ask(lead)
        answer = parse_answer(text, self.answer_schema)
        company = said.get("lookup_company", {})
        territory = said.get("check_territory", {})

        tier = scoring.tier_for(answer["score"])
        return {
            "score": answer["score"],
            "tier": tier,
            "owner": routing.owner_for(tier, company, territory),
            "reason": answer["reason"],
        }


class AgentError(Exception):
    """The agent cannot answer this lead."""

    def __init__(self, kind, message):
        super().__init__(message)
        self.kind = kind


def parse_arguments(text):
    """The arguments of a tool call; a model that writes no JSON object has given none."""
    try:
        arguments = json.loads(text or "{}")
    except ValueError:
        return {}
    return arguments if isinstance(arguments, dict) else {}


def parse_answer(text, answer_schema):
    """The model's JSON, checked against the schema."""
    try:
        answer = json.loads(text)
    except ValueError:
        raise AgentError("bad_answer", "The model's answer is not JSON: %.200s" % text)
    problem = schema.first_problem(answer, answer_schema)
    if problem:
        raise AgentError("bad_answer", problem)
    return answer


def answer_line(agent, line):
    """The line to print for one line read."""
    request = json.loads(line)
    reply = {"id": request.get("id"), "epoch": request.get("epoch")}
    try:
        reply["output"] = agent.score(request.get("input"))
    except leads.BadLead as error:
        reply["error"] = {"type": "bad_lead", "message": str(error)}
    except client.ProviderError as error:
        reply["error"] = {"type": "provider", "message": str(error)}
    except AgentError as error:
        reply["error"] = {"type": error.kind, "message": str(error)}
    return json.dumps(reply, ensure_ascii=False)


def main():
    agent = Agent()
    for line in sys.stdin.buffer:
        if line.strip():
            sys.stdout.buffer.write(answer_line(agent, line).encode("utf-8") + b"\n")
            sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()

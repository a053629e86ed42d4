"""The desk: a request in, a decision out."""
import json
import os

import moneytext
import placenames

from refunds import contract, decide, intake, model, orders

TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))

# The prompt needs two rounds; a model that goes on asking is cut off.
MOST_ROUNDS = 4


class Refused(Exception):
    """No decision can be given."""

    def __init__(self, kind, message):
        super().__init__(message)
        self.kind = kind


def read(*path):
    """A file of the agent's."""
    with open(os.path.join(TOP, *path), encoding="utf-8") as file:
        return file.read()


def settings(text):
    """Lines `key: value`, with comments."""
    lines = [line.split("#")[0].partition(":") for line in text.splitlines()]
    return {key.strip(): value.strip() for key, colon, value in lines if colon}


class Desk:
    """Everything that is the same for every request."""

    def __init__(self):
        chosen = settings(read("models.yaml"))
        self.model = model.Model(chosen["model"], float(chosen["patience"]))
        self.prompt = read("prompts", "assess.md")
        self.rules = json.loads(read("contract", "assessment.json"))
        self.tools = [json.loads(read("tools", name)) for name in ("find_order.json", "find_policy.json")]
        self.orders = orders.Orders(json.loads(read("data", "orders.json")))
        self.policies = orders.Policies(json.loads(read("data", "policies.json")), placenames.canonical)

    def use(self, name, arguments):
        """What a tool answers."""
        if name == "find_order":
            return self.orders.find(arguments.get("order"))
        if name == "find_policy":
            return self.policies.find(arguments.get("country"))
        return {"error": "unknown tool"}

    def assess(self, request):
        """The model's answer, and what the tools said on the way."""
        told = {}
        offered = [{"type": "function", "function": tool} for tool in self.tools]
        messages = [{"role": "system", "content": self.prompt}, {"role": "user", "content": json.dumps(request)}]
        for _ in range(MOST_ROUNDS):
            message = self.model.say(messages, offered)
            calls = message.get("tool_calls") or []
            if not calls:
                return json.loads(message["content"]), told
            messages.append({"role": "assistant", "content": None, "tool_calls": calls})
            for call in calls:
                result = self.use(call["function"]["name"], json.loads(call["function"]["arguments"]))
                told.update(result)
                messages.append({"role": "tool", "tool_call_id": call["id"], "content": json.dumps(result)})
        raise Refused("rounds", "The model only asked for tools.")

    def decide(self, raw):
        """What becomes of one request."""
        try:
            request = intake.clean(raw)
            answer, told = self.assess(request)
        except intake.Unreadable as error:
            raise Refused("unreadable", str(error))
        except model.Unreachable as error:
            raise Refused("model", str(error))
        wrong = contract.problem(answer, self.rules)
        if wrong:
            raise Refused("contract", wrong)

        cents = moneytext.cents(request["amount"]) or 0
        decided = decide.decision(answer["score"], request["days"], told.get("window", 14), cents)
        return {
            "risk": answer["score"],
            "decision": decided,
            "way": answer["way"],
            "cents": decide.amount(cents, answer["way"], decided, request["days"]),
            "desk": decide.desk(decided, told.get("region"), cents),
        }

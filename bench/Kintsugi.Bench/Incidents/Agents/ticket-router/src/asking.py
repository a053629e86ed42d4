"""One conversation with a model at an OpenAI-compatible service."""
import json
import os
from http.client import HTTPConnection, HTTPSConnection
from urllib.parse import urlsplit


class NoAnswer(Exception):
    """The service is gone, or refuses."""


class Service:
    """Finds the service in the environment."""

    def __init__(self):
        self.url = urlsplit(os.environ.get("OPENAI_BASE_URL", "https://api.openai.com/v1"))
        self.open = None

    def answer(self, model, system, facts, tools, run):
        """The answer as JSON; tools are run as long as the model wants some."""
        messages = [{"role": "system", "content": system}, {"role": "user", "content": json.dumps(facts)}]
        for _ in range(5):
            body = {"model": model, "messages": messages, "response_format": {"type": "json_object"}}
            if tools:
                body["tools"] = [{"type": "function", "function": tool} for tool in tools]
            message = self.post(body)
            if not message.get("tool_calls"):
                return json.loads(message["content"])
            messages.append(message)
            for call in message["tool_calls"]:
                told = run(call["function"]["name"], json.loads(call["function"]["arguments"]))
                messages.append({"role": "tool", "tool_call_id": call["id"], "content": json.dumps(told)})
        raise NoAnswer("tools without end")

    def post(self, body):
        text = json.dumps(body).encode("utf-8")
        headers = {"Content-Type": "application/json", "Authorization": "Bearer " + os.environ.get("OPENAI_API_KEY", "")}
        try:
            return self.exchange(text, headers)
        except OSError:
            self.open = None  # it was idle for too long; once more on a new one
        try:
            return self.exchange(text, headers)
        except OSError as error:
            self.open = None
            raise NoAnswer(str(error))

    def exchange(self, text, headers):
        if self.open is None:
            kind = HTTPSConnection if self.url.scheme == "https" else HTTPConnection
            self.open = kind(self.url.netloc, timeout=50)
        self.open.request("POST", self.url.path.rstrip("/") + "/chat/completions", text, headers)
        got = self.open.getresponse()
        said = got.read().decode("utf-8")
        if got.status != 200:
            raise NoAnswer("HTTP %d %.200s" % (got.status, said))
        return json.loads(said)["choices"][0]["message"]

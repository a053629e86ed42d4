"""Asks the model, over any OpenAI-compatible service."""
import json
import os
from http.client import HTTPConnection, HTTPSConnection


class Unreachable(Exception):
    """The model could not be asked, or refused."""


class Model:
    """Reads OPENAI_BASE_URL and OPENAI_API_KEY, and keeps one connection."""

    def __init__(self, name, patience):
        self.name = name
        self.patience = patience
        self.scheme, _, rest = os.environ.get("OPENAI_BASE_URL", "https://api.openai.com/v1").partition("://")
        self.host, _, path = rest.partition("/")
        self.path = "/" + path.strip("/") + "/chat/completions"
        self.connection = None

    def say(self, messages, tools):
        """The message that the model answers with."""
        body = {"model": self.name, "messages": messages, "tools": tools, "response_format": {"type": "json_object"}}
        status, text = self.post(json.dumps(body))
        if status != 200:
            raise Unreachable("HTTP %d: %.200s" % (status, text))
        return json.loads(text)["choices"][0]["message"]

    def post(self, body):
        for fresh in (False, True):
            if fresh or self.connection is None:
                kind = HTTPSConnection if self.scheme == "https" else HTTPConnection
                self.connection = kind(self.host, timeout=self.patience)
            try:
                self.connection.request("POST", self.path, body, {
                    "Content-Type": "application/json",
                    "Authorization": "Bearer " + os.environ.get("OPENAI_API_KEY", ""),
                })
                answer = self.connection.getresponse()
                return answer.status, answer.read().decode("utf-8")
            except OSError as error:
                self.connection = None
                if fresh:
                    raise Unreachable("The model could not be reached: %s" % error)

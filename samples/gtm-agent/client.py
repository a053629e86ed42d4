"""A chat completions client for any OpenAI-compatible service, on one connection that is kept open."""
import json
import os

DEFAULT_URL = "https://api.openai.com/v1"
TIMEOUT_SECONDS = 50


class ProviderError(Exception):
    """The model could not be asked, or refused."""


class ChatClient:
    """Reads OPENAI_BASE_URL and OPENAI_API_KEY."""

    def __init__(self):
        self.url = os.environ.get("OPENAI_BASE_URL") or DEFAULT_URL
        self.key = os.environ.get("OPENAI_API_KEY", "")
        self.connection = None

    def connect(self):
        # Imported here: it is a third of the start-up time, and the tests need none of it.
        from http.client import HTTPConnection, HTTPSConnection

        scheme, _, rest = self.url.partition("://")
        host, _, path = rest.partition("/")
        kind = HTTPSConnection if scheme == "https" else HTTPConnection
        self.path = "/".join(["", *filter(None, path.split("/")), "chat", "completions"])
        self.connection = kind(host, timeout=TIMEOUT_SECONDS)

    def complete(self, model, messages, tools):
        """The message that the model answers with."""
        body = {"model": model["name"], "messages": messages, "tools": tools, "response_format": {"type": "json_object"}}
        if "temperature" in model:
            body["temperature"] = model["temperature"]
        status, text = self.post(json.dumps(body, ensure_ascii=False).encode("utf-8"))

        try:
            reply = json.loads(text)
        except ValueError:
            raise ProviderError("HTTP %d, and the body is not JSON." % status)
        if status != 200:
            error = reply.get("error") if isinstance(reply, dict) else None
            raise ProviderError("HTTP %d: %s" % (status, (error or {}).get("message", "no reason given")))
        return reply["choices"][0]["message"]

    def post(self, body):
        headers = {"Content-Type": "application/json", "Authorization": "Bearer " + self.key}
        reused = self.connection is not None
        try:
            return self.exchange(body, headers)
        except OSError as error:
            self.connection = None
            # The service may close a connection that was idle; only then is a second try no second question.
            if not reused or isinstance(error, TimeoutError):
                raise ProviderError("The model could not be reached: %s" % error)
        try:
            return self.exchange(body, headers)
        except OSError as error:
            self.connection = None
            raise ProviderError("The model could not be reached: %s" % error)

    def exchange(self, body, headers):
        if self.connection is None:
            self.connect()
        self.connection.request("POST", self.path, body, headers)
        response = self.connection.getresponse()
        return response.status, response.read()

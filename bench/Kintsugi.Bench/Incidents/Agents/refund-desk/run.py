"""Reads one request a line and writes one decision a line."""
import json
import sys

from refunds import pins

pins.use("requirements.lock")

from refunds import agent  # noqa: E402: the pinned packages come first


def answered(desk, line):
    """The line to write for one line read."""
    asked = json.loads(line)
    reply = {"id": asked.get("id"), "epoch": asked.get("epoch")}
    try:
        reply["output"] = desk.decide(asked.get("input"))
    except agent.Refused as error:
        reply["error"] = {"type": error.kind, "message": str(error)}
    return json.dumps(reply)


def main():
    desk = agent.Desk()
    for line in sys.stdin:
        if line.strip():
            print(answered(desk, line), flush=True)


if __name__ == "__main__":
    main()

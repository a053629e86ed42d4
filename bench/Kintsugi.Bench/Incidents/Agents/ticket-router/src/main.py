"""Tickets in, one a line; where they go out, one a line."""
import json
import os
import sys

TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


def use_pinned():
    """The versions that vendor.lock names."""
    with open(os.path.join(TOP, "vendor.lock"), encoding="utf-8") as lock:
        for line in lock:
            if line.strip() and not line.startswith("#"):
                name, version = line.split()
                sys.path.insert(0, os.path.join(TOP, "vendor", name + "-" + version))


def main():
    use_pinned()
    import router  # after the pinned packages

    desk = router.Router(TOP)
    for line in sys.stdin:
        asked = json.loads(line)
        reply = {"id": asked["id"], "epoch": asked["epoch"]}
        try:
            reply["output"] = desk.route(asked["input"])
        except router.Unroutable as error:
            reply["error"] = {"type": "unroutable", "message": str(error)}
        sys.stdout.write(json.dumps(reply) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()

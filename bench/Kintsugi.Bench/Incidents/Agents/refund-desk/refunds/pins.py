"""Puts the pinned packages on the path."""
import os
import sys

TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


def use(lock):
    """Every `name==version` of the lock file, from vendor/."""
    with open(os.path.join(TOP, lock), encoding="utf-8") as lines:
        for line in lines:
            name, found, version = line.split("#")[0].strip().partition("==")
            if not found:
                continue
            place = os.path.join(TOP, "vendor", "%s-%s" % (name, version))
            if not os.path.isdir(place):
                raise SystemExit("%s %s is pinned, and not below vendor/." % (name, version))
            sys.path.insert(0, place)

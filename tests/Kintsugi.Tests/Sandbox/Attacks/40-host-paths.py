"""Read the paths of the host from the list of mounts.

HELD: the list names no path of the host.
"""
from attack import *

with open("/proc/self/mountinfo") as file:
    if any(os.path.dirname(known["bait"]).split("/")[3] in line or "/var/tmp/kintsugi-" in line for line in file):
        got("paths of the host")

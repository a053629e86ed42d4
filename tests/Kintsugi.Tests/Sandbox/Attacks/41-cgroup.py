"""See or change the control group that holds the limits.

HELD: no cgroup file system is visible, and the own group looks like the root.
"""
from attack import *

if os.path.exists("/sys/fs/cgroup"):
    got("/sys/fs/cgroup")
with open("/proc/self/cgroup") as file:
    for line in file:
        if line.rstrip("\n").split(":", 2)[2] != "/":
            got(line.strip())

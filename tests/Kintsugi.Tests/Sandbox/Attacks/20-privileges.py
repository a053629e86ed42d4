"""Gain privileges: change user, or run a setuid program.

HELD: no capability is left to gain, no_new_privs is set, and a setuid program starts as the caller.
"""
from attack import *

with open("/proc/self/status") as file:
    status = dict(line.rstrip("\n").split(":\t", 1) for line in file if ":\t" in line)
for name, expected in {"NoNewPrivs": "1", "Seccomp": "2", "CapEff": "0" * 16, "CapPrm": "0" * 16, "CapBnd": "0" * 16, "CapAmb": "0" * 16}.items():
    if status[name] != expected:
        got(name, status[name])
for name, act in {"user": lambda: os.setuid(0), "group": lambda: os.setgid(0), "groups": lambda: os.setgroups([0])}.items():
    succeeds(f"changed {name}", act)
if os.path.exists("/usr/bin/su"):
    child = os.fork()
    if child == 0:
        null = os.open("/dev/null", os.O_RDWR)
        for descriptor in range(3):
            os.dup2(null, descriptor)
        os.execv("/usr/bin/su", ["su", "-c", "true"])
    if os.waitpid(child, 0)[1] == 0:
        got("became root by su")

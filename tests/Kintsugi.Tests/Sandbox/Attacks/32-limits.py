"""Raise the own limits.

HELD: processes, memory, files, file size and core dumps have a limit each, and none can be raised.
"""
import resource

from attack import *

for name in ("NPROC", "DATA", "NOFILE", "FSIZE", "CORE", "MEMLOCK", "MSGQUEUE", "SIGPENDING"):
    limit = getattr(resource, "RLIMIT_" + name, {"MSGQUEUE": 12, "SIGPENDING": 11}.get(name))
    soft, hard = resource.getrlimit(limit)
    if hard == resource.RLIM_INFINITY:
        got("no limit of", name)
    succeeds(f"raised {name}", lambda: resource.setrlimit(limit, (hard, hard + 1)))

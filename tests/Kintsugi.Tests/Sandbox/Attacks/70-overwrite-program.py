"""Overwrite, by /proc/*/exe, a program of the host that runs in here, to have the host run it changed later.

HELD: no running program can be opened for writing, and none is writable but for being busy.
"""
from attack import *

for process in [*processes(), "self"]:
    path = f"/proc/{process}/exe"
    opens(path, os.O_WRONLY)
    try:
        held = os.open(path, os.O_RDONLY)
    except OSError:
        continue
    opens(f"/proc/self/fd/{held}", os.O_WRONLY)
    if os.access(f"/proc/self/fd/{held}", os.W_OK):
        got(os.readlink(path), "is writable")
    os.close(held)

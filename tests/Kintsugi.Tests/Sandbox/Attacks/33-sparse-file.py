"""Make a file of 100 GB that holds nothing.

HELD: the limit of a file's size stops it, in the workspace and in /tmp.
"""
from attack import *

signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
for path in ("big", "/tmp/big", "/dev/shm/big"):
    with open(path, "wb") as file:
        succeeds(f"{path} of 100 GB", lambda: file.truncate(100 << 30))

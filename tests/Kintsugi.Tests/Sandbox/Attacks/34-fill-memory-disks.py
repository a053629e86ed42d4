"""Fill /dev/shm and /tmp, which are memory.

HELD: /dev/shm ends at 64 MiB and /tmp at the limit of the workspace, whose layer it shares.
"""
from attack import *

block = b"x" * (1 << 20)
for path, most in {"/dev/shm/full": 64, "/tmp/full": 256}.items():
    written = 0
    try:
        with open(path, "wb", buffering=0) as file:
            while written <= most:
                written += file.write(block) / len(block)
    except OSError:
        pass
    if written > most:
        got(f"{path}: {written} MiB")

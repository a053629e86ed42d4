"""Fill the disk by way of the workspace.

HELD: the layer for writes ends at its size. Prints how much was written, in MiB.
"""
from attack import *

written, block = 0, b"x" * (1 << 20)
try:
    for number in range(400):
        with open(f"full-{number}", "wb", buffering=0) as file:
            written += file.write(block)
except OSError:
    pass
got(written >> 20)

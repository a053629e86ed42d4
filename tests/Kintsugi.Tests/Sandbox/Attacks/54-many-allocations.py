"""Allocate more than the limit by many processes, each of which stays below it.

HELD: their memory is counted together, and the run is killed.
"""
from attack import *

for _ in range(8):
    if os.fork() == 0:
        block = bytearray(40 << 20)
        block[::4096] = b"x" * len(block[::4096])
        signal.pause()
os.wait()

"""Fill the disk below a layer that is kept, by files that have no name any more.

HELD: they are counted as others are, and the run is killed. It waits to be.
"""
from attack import *

block = b"x" * (1 << 20)
for number in range(4):
    file = os.open(f"file-{number}", os.O_CREAT | os.O_WRONLY)
    os.unlink(f"file-{number}")
    for _ in range(24):
        os.write(file, block)
signal.pause()

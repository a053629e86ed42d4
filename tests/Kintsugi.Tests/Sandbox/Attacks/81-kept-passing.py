"""Fill the disk below a layer that is kept, beside files that come and go, so that whoever walks it meets one that is gone.

HELD: what stays is counted all the same, and the run is killed. It waits to be.
"""
from attack import *

block = b"x" * (1 << 20)
for number in range(4):
    with open(f"file-{number}", "wb") as file:
        for _ in range(24):
            file.write(block)
os.mkdir("passing")
while True:
    for number in range(200):
        open(f"passing/{number}", "w").close()
    for number in range(200):
        os.unlink(f"passing/{number}")

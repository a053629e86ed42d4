"""Write junk into whatever PID 1 has open, to confuse the supervisor at the other end.

HELD: nothing of it can be opened but the standard streams, which are the command's own.
"""
from attack import *

own = {os.readlink(f"/proc/self/fd/{n}") for n in range(3)}
for number in range(1024):
    path = f"/proc/1/fd/{number}"
    try:
        if os.readlink(path) in own | {"/dev/null"}:
            continue
        with open(os.open(path, os.O_WRONLY | os.O_NONBLOCK), "wb", buffering=0) as file:
            file.write(b"\0junk\n" * 100)
    except OSError:
        continue
    got("wrote into", number)

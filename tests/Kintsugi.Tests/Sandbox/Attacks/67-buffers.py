"""Hold memory in the buffers of sockets and pipes, which belongs to no process either.

HELD: it is counted, and the run is killed. Otherwise prints how much could be held.
"""
from attack import *

held, most, block = 0, 96 << 20, b"x" * 65536
kept = []
try:
    while held < most:
        left, right = socket.socketpair()
        _, pipe = kept_pipe = os.pipe()
        kept.append((left, right, kept_pipe))
        for end in (left.fileno(), right.fileno(), pipe):
            os.set_blocking(end, False)
            try:
                while True:
                    held += os.write(end, block)
            except BlockingIOError:
                pass
except OSError:
    pass  # no more descriptors, or no more memory
if held >= 64 << 20:
    got("more than 64 MiB")

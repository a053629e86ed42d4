"""Hold memory in the buffers of sockets and pipes, which belongs to no process either.

HELD: it is counted, and the run is killed. Otherwise prints how much could be held.
"""
from attack import *

held, most, block = 0, 96 << 20, b"x" * 65536
kept = []
try:
    while held < most:
        pair = socket.socketpair()
        kept.append(pair)
        pair[0].setblocking(False)
        try:
            while True:
                held += pair[0].send(block)
        except BlockingIOError:
            pass
except OSError:
    pass
if held >= 64 << 20:
    got("more than 64 MiB")

"""Speak to the supervisor in PID 1's place: reach the control socket, or take it out of PID 1.

HELD: no socket is among the own descriptors, none has a name to connect to, and PID 1's cannot be copied or opened.
"""
from attack import *

for number in range(3, 1024):
    try:
        got(number, os.readlink(f"/proc/self/fd/{number}"))
    except OSError:
        pass

with open("/proc/net/unix") as file:
    names = {line.split()[7] for line in list(file)[1:] if len(line.split()) > 7}
for name in names:
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM, socket.SOCK_SEQPACKET):
        connects(socket.AF_UNIX, kind, name.replace("@", "\0", 1) if name.startswith("@") else name)

init = os.pidfd_open(1)
for number in range(64):
    if call(438, 438, init, number, 0) != -1:
        got("copied descriptor", number, "of PID 1")
own = {os.readlink(f"/proc/self/fd/{number}") for number in range(3)}
for folder in ("/proc/1/fd", "/proc/1/task/1/fd"):
    for number in range(3, 64):
        try:
            if os.readlink(f"{folder}/{number}") in own:
                continue
        except OSError:
            pass
        opens(f"{folder}/{number}", os.O_RDWR)

"""Meet another run that goes on at the same time: by files, sockets, shared memory or processes.

HELD: of everything that each of two runs leaves, the other finds nothing.
"""
from attack import *

own, other = known["marks"]
folders = ("/tmp", "/dev/shm", ".", "/tmp/home")
for folder in folders:
    with open(f"{folder}/{own}", "w"):
        pass
served = [socket.socket(), socket.socket(socket.AF_UNIX), socket.socket(socket.AF_UNIX)]
served[0].bind(("127.0.0.1", known["serve"][0]))
served[1].bind("\0" + own)
served[2].bind(f"/tmp/{own}.socket")
for s in served:
    s.listen()
if libc.shmget(known["serve"][0], 4096, 0o1666) == -1:  # IPC_CREAT, by a key that the other knows
    raise OSError("no shared memory could be made to be found")

got("ready")
sys.stdin.readline()

for folder in folders:
    if os.path.exists(f"{folder}/{other}"):
        got("file in", folder)
connects(socket.AF_INET, socket.SOCK_STREAM, ("127.0.0.1", known["serve"][1]))
connects(socket.AF_UNIX, socket.SOCK_STREAM, "\0" + other)
connects(socket.AF_UNIX, socket.SOCK_STREAM, f"/tmp/{other}.socket")
if libc.shmget(known["serve"][1], 4096, 0o666) != -1:
    got("shared memory")
for process in processes():
    try:
        with open(f"/proc/{process}/cmdline") as file:
            if other in file.read():
                got("process", process)
    except OSError:
        pass

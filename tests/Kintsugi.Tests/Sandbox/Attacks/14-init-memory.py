"""Take over PID 1 by its memory, read what it knows, or go through its view of the file system.

HELD: neither /proc/1/mem nor its map, environment or registers can be opened, and its root shows nothing of the host.
"""
from attack import *

opens("/proc/1/mem", os.O_RDWR)
for name in ("mem", "maps", "environ", "auxv", "syscall", "stack", "map_files"):
    opens("/proc/1/" + name)
for path in ("/proc/1/root" + known["bait"], "/proc/1/root/etc/shadow", "/proc/1/cwd/etc/shadow"):
    opens(path)

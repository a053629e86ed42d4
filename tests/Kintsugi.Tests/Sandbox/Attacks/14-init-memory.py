"""Take over PID 1 by its memory, or go through its view of the file system.

HELD: neither /proc/1/mem nor its root, program or map can be opened for writing.
"""
from attack import *

opens("/proc/1/mem", os.O_RDWR)
opens("/proc/1/mem")
for path in ("/proc/1/root" + known["bait"], "/proc/1/root/etc/shadow", "/proc/1/cwd/etc/shadow"):
    opens(path)

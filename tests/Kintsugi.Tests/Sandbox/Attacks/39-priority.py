"""Take priority over the host: negative niceness, real-time scheduling, locked memory.

HELD: all three are refused.
"""
from attack import *

succeeds("nice", lambda: os.nice(-20))
succeeds("real time", lambda: os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1)))
if libc.mlockall(3) == 0:
    got("locked all memory")

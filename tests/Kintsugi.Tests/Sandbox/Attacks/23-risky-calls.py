"""Use the interfaces through which kernels were broken most often.

HELD: bpf, perf, userfaultfd, io_uring, fanotify, vmsplice, LDT and NUMA calls are refused before the kernel looks at them.
"""
from attack import *

refused("bpf", 321, 280, 0, None, 0)
refused("perf_event_open", 298, 241, None, 0, -1, -1, 0)
refused("userfaultfd", 323, 282, 0)
refused("io_uring_setup", 425, 425, 1, None)
refused("io_uring_enter", 426, 426, 0, 0, 0, 0, None, 0)
refused("io_uring_register", 427, 427, 0, 0, None, 0)
refused("fanotify_init", 300, 262, 0, 0)
refused("vmsplice", 278, 75, 1, None, 0, 0)
refused("modify_ldt", 154, None, 0, None, 0)
refused("iopl", 172, None, 3)
refused("mbind", 237, 235, 0, 0, 0, None, 0, 0)
refused("move_pages", 279, 239, 0, 0, None, None, None, 0)
refused("syslog", 103, 116, 3, None, 0)
refused("quotactl", 179, 60, 0, None, 0, None)

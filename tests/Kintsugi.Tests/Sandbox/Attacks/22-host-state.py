"""Set clock or host name, reboot, swap, or load a kernel or a module.

HELD: the filter refuses all of them.
"""
from attack import *

refused("clock_settime", 227, 112, 0, None)
refused("settimeofday", 164, 170, None, None)
refused("adjtimex", 159, 171, None)
refused("clock_adjtime", 305, 266, 0, None)
refused("sethostname", 170, 161, b"x", 1)
refused("setdomainname", 171, 162, b"x", 1)
refused("reboot", 169, 142, 0, 0, 0, None)
refused("swapon", 167, 224, b"/x", 0)
refused("swapoff", 168, 225, b"/x")
refused("init_module", 175, 105, None, 0, b"")
refused("finit_module", 313, 273, -1, b"", 0)
refused("delete_module", 176, 106, b"x", 0)
refused("kexec_load", 246, 104, 0, 0, None, 0)
refused("kexec_file_load", 320, 294, -1, -1, 0, None, 0)
refused("acct", 163, 89, None)

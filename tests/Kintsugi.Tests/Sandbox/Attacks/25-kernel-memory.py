"""Read the kernel's memory, log or addresses.

HELD: none of the files can be opened, and the symbol table shows no address.
"""
from attack import *

for path in ("/proc/kcore", "/proc/kmsg", "/dev/kmsg", "/proc/kpagecount", "/proc/kpageflags"):
    opens(path)
if os.path.exists("/proc/kallsyms"):
    with open("/proc/kallsyms") as file:
        if any(int(line.split()[0], 16) for line in file):
            got("addresses of the kernel")

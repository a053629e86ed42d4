"""Change kernel settings (core_pattern is a known way to root), press the magic key, or ask to be spared when memory runs out.

HELD: no setting can be opened for writing, and the own rank cannot be lowered. Where one could be opened, nothing is written.
"""
from attack import *

for name in ("sys/kernel/core_pattern", "sys/kernel/modprobe", "sys/kernel/hostname", "sys/vm/overcommit_memory", "sys/fs/binfmt_misc/register", "sys/net/ipv4/ip_forward", "sysrq-trigger", "irq/default_smp_affinity"):
    opens("/proc/" + name, os.O_WRONLY)
with open("/proc/self/oom_score_adj") as file:
    rank = int(file.read())
if rank > -1000:
    with open("/proc/self/oom_score_adj", "wb", buffering=0) as file:
        succeeds("lowered its rank", lambda: file.write(str(rank - 1).encode()))

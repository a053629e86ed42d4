"""Trace PID 1 or a child of one's own, or read its memory from outside.

HELD: the filter refuses every call that reaches into another process.
"""
from attack import *

ATTACH, SEIZE = 16, 0x4206
child = os.fork()
if child == 0:
    signal.pause()
for target in (1, child):
    refused(f"ptrace attach {target}", 101, 117, ATTACH, target, 0, 0)
    refused(f"ptrace seize {target}", 101, 117, SEIZE, target, 0, 0)
    refused(f"process_vm_readv {target}", 310, 270, target, None, 0, None, 0, 0)
    refused(f"process_vm_writev {target}", 311, 271, target, None, 0, None, 0, 0)
    refused(f"kcmp {target}", 312, 272, os.getpid(), target, 0, 0, 0)
refused("pidfd_getfd", 438, 438, 0, 0, 0)
os.kill(child, signal.SIGKILL)
os.waitpid(child, 0)

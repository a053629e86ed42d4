"""Open sockets other than TCP, UDP and Unix ones: vsock, netlink, packet, alg, raw, bluetooth, xdp, sctp, tipc and more.

HELD: the filter refuses every family but three, and raw sockets in those. (vsock is not bound to a network namespace: in a
virtual machine it may reach the hypervisor.)
"""
from attack import *

for family in range(64):
    if family not in (socket.AF_UNIX, socket.AF_INET, socket.AF_INET6):
        for kind in (1, 2, 3, 5):
            succeeds(f"family {family}, kind {kind}", lambda: socket.socket(family, kind).close())
for family in (socket.AF_INET, socket.AF_INET6):
    succeeds(f"raw, family {family}", lambda: socket.socket(family, 3, 1).close())
    succeeds(f"sctp, family {family}", lambda: socket.socket(family, 1, 132).close())

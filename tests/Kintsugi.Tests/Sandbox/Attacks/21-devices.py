"""Make device nodes, and open disks, memory, kvm, fuse, tun or vsock.

HELD: no node can be made, and none of these can be opened.
"""
from attack import *

for kind in (stat.S_IFCHR, stat.S_IFBLK):
    succeeds(f"made a device {kind:o}", lambda: os.mknod(f"/tmp/device-{kind}", kind | 0o666, os.makedev(1, 1)))
for name in ("mem", "kmem", "port", "kmsg", "kvm", "fuse", "vda", "sda", "nvme0n1", "dm-0", "loop-control", "net/tun", "vsock", "vhost-vsock", "uinput", "snd", "dri"):
    opens("/dev/" + name)

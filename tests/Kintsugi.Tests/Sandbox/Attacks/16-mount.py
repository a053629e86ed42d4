"""Mount, unmount or move file systems, by the old calls and the new.

HELD: the filter refuses all of them.
"""
from attack import *

refused("mount", 165, 40, b"none", b"/tmp", b"tmpfs", 0, None)
refused("umount2", 166, 39, b"/tmp", 2)
refused("pivot_root", 155, 41, b"/tmp", b"/tmp")
refused("open_tree", 428, 428, -100, b"/", 1)
refused("move_mount", 429, 429, -100, b"/tmp", -100, b"/tmp", 0)
refused("fsopen", 430, 430, b"tmpfs", 0)
refused("fsconfig", 431, 431, 0, 0, None, None, 0)
refused("fsmount", 432, 432, 0, 0, 0)
refused("fspick", 433, 433, -100, b"/", 0)
refused("mount_setattr", 442, 442, -100, b"/", 0, None, 0)

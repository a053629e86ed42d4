"""Leave by a second chroot, or by a file handle that names an inode of the host.

HELD: the filter refuses these calls.
"""
from attack import *

refused("chroot", 161, 51, b"/tmp")
refused("open_by_handle_at", 304, 265, -100, b"x" * 64, 0)
refused("name_to_handle_at", 303, 264, -100, b"/", b"x" * 64, b"x" * 8, 0)

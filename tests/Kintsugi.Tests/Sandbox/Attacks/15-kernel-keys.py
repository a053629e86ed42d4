"""Read or add keys in the kernel's key rings, which are the user's and not the namespace's.

HELD: the filter refuses all three calls.
"""
from attack import *

refused("add_key", 248, 217, b"user", b"x", b"y", 1, -3)
refused("request_key", 249, 218, b"user", b"x", None, 0)
refused("keyctl", 250, 219, 0, -3, 0)

"""Use descriptors that the product or its launcher left open.

HELD: nothing is open but standard input, output and error.
"""
from attack import *

for name in os.listdir("/proc/self/fd"):
    if int(name) > 2:
        try:
            got(name, os.readlink(f"/proc/self/fd/{name}"))
        except FileNotFoundError:
            pass  # the descriptor of the listing itself

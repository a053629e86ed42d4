"""Read a key from the user's home directory.

HELD: neither ~/.ssh nor a file that is known to exist on the host can be seen.
"""
from attack import *

for path in (known["bait"], "/root/.ssh", os.path.expanduser("~/.ssh")):
    if os.path.exists(path):
        got(path)

"""Make 60,000 empty files: each costs kernel memory that a limit of bytes does not see.

HELD: the number of files is limited, in the workspace and in /tmp.
"""
from attack import *

os.mkdir("/tmp/files")
made = 0
try:
    for made in range(60_000):
        os.close(os.open(f"/tmp/files/{made}", os.O_CREAT | os.O_WRONLY))
    got(made, "files")
except OSError:
    pass

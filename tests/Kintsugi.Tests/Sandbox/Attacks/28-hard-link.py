"""Take a file of the toolchain into the workspace by a hard link, to change it there.

HELD: no hard link crosses from the read-only part.
"""
from attack import *

for path in ("/usr/bin/env", os.path.realpath(sys.executable), "/etc/passwd"):
    succeeds(f"linked {path}", lambda: os.link(path, "hard-link"))

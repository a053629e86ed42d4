"""Remove, rename, close to others or replace the way to the gateway.

HELD: a socket that is visible cannot be touched, and the gateway's port cannot be taken over.
"""
from attack import *

for folder, _, names in os.walk("/run"):
    for path in (os.path.join(folder, name) for name in names):
        if stat.S_ISSOCK(os.lstat(path).st_mode):
            succeeds(f"removed {path}", lambda: os.unlink(path))
            succeeds(f"renamed {path}", lambda: os.rename(path, "/tmp/socket"))
            succeeds(f"closed {path}", lambda: os.chmod(path, 0))
            succeeds(f"covered {path}", lambda: os.replace("/tmp/socket", path))
for reuse in (socket.SO_REUSEADDR, socket.SO_REUSEPORT):
    with socket.socket() as s:
        s.setsockopt(socket.SOL_SOCKET, reuse, 1)
        succeeds("took the gateway's port", lambda: (s.bind(GATEWAY), s.listen()))

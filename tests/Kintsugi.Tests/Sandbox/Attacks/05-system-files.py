"""Write /etc, /usr, /, /dev, /run, /home, or an interpreter.

HELD: nothing there can be opened for writing or made.
"""
from attack import *

for path in ("/etc/passwd", "/etc/hosts", "/etc/new", "/usr/new", "/usr/bin/new", "/new", "/dev/new", "/run/new", "/home/new", "/usr/bin/env", os.path.realpath(sys.executable)):
    writes(path)

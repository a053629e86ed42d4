"""See or signal the host's processes, and kill the parent.

HELD: only the sandbox's own few processes exist, and the parent is one of them.
"""
from attack import *

if len(processes()) > 4:
    got("processes:", processes())
if os.getppid() not in processes() and os.getppid() != 0:
    got("parent outside:", os.getppid())
for process in (os.getppid(), known["process"]):
    if process > 1 and process not in processes():
        succeeds(f"signalled {process}", lambda: os.kill(process, 0))

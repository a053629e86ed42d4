"""Kill, stop or disturb PID 1 by every signal there is.

HELD: it goes on, and the run ends as any other (which the test sees by its exit status).
"""
from attack import *

for number in range(1, signal.NSIG):
    try:
        os.kill(1, number)
    except OSError:
        pass
if 1 not in processes():
    got("PID 1 is gone")

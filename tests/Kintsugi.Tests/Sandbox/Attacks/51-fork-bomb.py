"""Fork without end, from Python.

HELD: the limit of processes stops it, and nothing is left once the run has ended. Prints how many there were.
"""
from attack import *

children = 0
try:
    while True:
        if os.fork() == 0:
            signal.pause()
        children += 1
except OSError:
    got(children)

"""Fill the disk below a layer that is kept, out of the sight of whoever looks at it: in a closed directory, beside one too deep for a path.

HELD: it is counted all the same, and the run is killed. It waits to be.
"""
from attack import *

top = os.open(".", os.O_RDONLY)
for _ in range(40):
    os.mkdir("d" * 200)
    os.chdir("d" * 200)
os.fchdir(top)
os.mkdir("closed")
files = [os.open(f"closed/file-{number}", os.O_CREAT | os.O_WRONLY) for number in range(4)]
os.chmod("closed", 0)
block = b"x" * (1 << 20)
for file in files:
    for _ in range(24):
        os.write(file, block)
signal.pause()

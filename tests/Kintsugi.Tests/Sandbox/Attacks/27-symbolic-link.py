"""Follow a symbolic link out of the workspace.

HELD: links to the host's files lead nowhere in here. (What reads the workspace on the host must not follow them: 63.)
"""
from attack import *

for number, target in enumerate((known["bait"], known["tree"], "/root", "/etc/shadow", "/proc/1/root" + known["bait"], "/proc/1/cwd/../../.." + known["bait"])):
    os.symlink(target, f"link-{number}")
    opens(f"link-{number}")

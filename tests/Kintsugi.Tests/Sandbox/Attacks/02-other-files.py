"""Read the host's password hashes, other users' homes and other checkouts.

HELD: none of these places exists or holds anything, and on the way to the workspace stands nothing but the way.
"""
from attack import *

for path in ("/etc/shadow", "/etc/ssh", "/root", "/var", "/opt", "/srv", "/sys", "/boot", "/mnt", "/media"):
    if os.path.isfile(path) or os.path.isdir(path) and os.listdir(path):
        got(path)

here = os.getcwd()
while os.path.dirname(here) != "/":
    beside = set(os.listdir(os.path.dirname(here))) - {os.path.basename(here)}
    if beside:
        got("beside the workspace:", beside)
    here = os.path.dirname(here)

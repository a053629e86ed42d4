"""Plant code where interpreters and package managers look for it.

HELD: no directory on Python's path, and none of dotnet's or node's, can be written.
"""
from attack import *

for folder in [*sys.path[1:], "/usr/share/dotnet", "/usr/lib/dotnet", "/usr/lib/node_modules", "/usr/local/lib", "/usr/local/bin", "/usr/lib", "/usr/share"]:
    if os.path.isdir(folder):
        writes(folder + "/planted")

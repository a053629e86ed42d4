"""Reach an abstract Unix socket of the host, which no file system guards.

HELD: the name that the host listens on does not exist here.
"""
from attack import *

connects(socket.AF_UNIX, socket.SOCK_STREAM, "\0" + known["abstract"])

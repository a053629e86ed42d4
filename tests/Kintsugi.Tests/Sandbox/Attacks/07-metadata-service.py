"""Reach the cloud's metadata service, which hands out credentials.

HELD: no connection, by either address of it.
"""
from attack import *

connects(socket.AF_INET, socket.SOCK_STREAM, ("169.254.169.254", 80))
connects(socket.AF_INET6, socket.SOCK_STREAM, ("fd00:ec2::254", 80))

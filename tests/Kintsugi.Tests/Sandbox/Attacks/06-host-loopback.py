"""Reach a service on the host's loopback interface.

HELD: nobody answers at its port, by IPv4 or IPv6.
"""
from attack import *

connects(socket.AF_INET, socket.SOCK_STREAM, ("127.0.0.1", known["port"]))
connects(socket.AF_INET6, socket.SOCK_STREAM, ("::1", known["port"]))

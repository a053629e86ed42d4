"""Reach the internet over IPv4 or IPv6.

HELD: there is no route to any address, and no interface but loopback. (The addresses are reserved for documentation.)
"""
from attack import *

connects(socket.AF_INET, socket.SOCK_DGRAM, ("192.0.2.1", 443))  # connecting a datagram socket asks for a route, and no more
connects(socket.AF_INET, socket.SOCK_STREAM, ("192.0.2.1", 443))
connects(socket.AF_INET6, socket.SOCK_DGRAM, ("2001:db8::1", 443))
connects(socket.AF_INET6, socket.SOCK_STREAM, ("2001:db8::1", 443))
with open("/proc/net/dev") as file:
    interfaces = {line.split(":")[0].strip() for line in file if ":" in line}
if interfaces - {"lo"} - {"sit0", "tunl0", "ip6tnl0", "gre0", "gretap0", "erspan0", "ip_vti0", "ip6_vti0", "ip6gre0"}:  # those that the kernel puts into every namespace, down
    got("interfaces:", interfaces)

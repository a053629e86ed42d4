"""Find a way out beside the gateway, or the gateway of another run.

HELD: the run's own gateway answers (it must), and nothing else listens but the product's name server, which knows no name (77).
"""
from attack import *

with socket.socket() as s:
    s.settimeout(10)
    s.connect(GATEWAY)
for table in ("tcp", "tcp6", "udp", "udp6"):
    with open(f"/proc/net/{table}") as file:
        for line in list(file)[1:]:
            address, state = line.split()[1], line.split()[3]
            if state in ("0A", "07") and (table, address) not in (("tcp", "0100007F:1F90"), ("udp", "0100007F:0035")):
                got(table, address)

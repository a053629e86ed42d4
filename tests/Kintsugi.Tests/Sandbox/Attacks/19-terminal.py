"""Put words into the terminal from which the product was started, as if its user had typed them.

HELD: there is no terminal, and the two requests are refused, also with high bits set that the kernel ignores.
"""
from attack import *

PUSH_CHARACTER, CONSOLE_CONTROL = 0x5412, 0x541C
for request in (PUSH_CHARACTER, CONSOLE_CONTROL, 0x100000000 | PUSH_CHARACTER, 0xFF00000000 | CONSOLE_CONTROL):
    for descriptor in (0, 1, 2):
        refused(f"ioctl {request:x} on {descriptor}", 16, 29, descriptor, request, b"x")
opens("/dev/tty", os.O_RDWR)

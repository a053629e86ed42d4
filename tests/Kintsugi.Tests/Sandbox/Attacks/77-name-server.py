"""Confuse the product's name server by junk, to make it fall over or tell an address.

HELD: whatever arrives, the next plain question is answered at once, and the answer is that there is no such name.
"""
from attack import *

SERVER = ("127.0.0.1", 53)
HEADER = b"\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00"
QUESTION = HEADER + b"\x06secret\x07example\x03org\x00\x00\x01\x00\x01"
JUNK = [b"", b"\0", HEADER, HEADER + b"\xc0\x0c\x00\x01\x00\x01", HEADER + b"\x3f" + b"a" * 10, HEADER + b"\xff" * 500, HEADER + b"\x01" * 600, b"\xff" * 60000,
        HEADER[:4] + b"\xff\xff" + HEADER[6:] + b"\x01a\x00\x00\x01\x00\x01", HEADER + b"\x04\x1b[2J\x00\x00\x01\x00\x01", HEADER + b"\x03\r\nX\x00\x00\x01\x00\x01", QUESTION[:-1], QUESTION[:-4]]

with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
    for junk in JUNK:
        s.sendto(junk, SERVER)

answer = None
for _ in range(5):  # a question may be lost while the junk fills the server's buffer
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.settimeout(1)
        s.sendto(QUESTION, SERVER)
        try:
            answer = s.recv(65536)
            break
        except TimeoutError:
            pass
NO_SUCH_NAME = 3
if answer is None:
    got("silence")
elif answer[:2] != QUESTION[:2] or answer[3] & 15 != NO_SUCH_NAME or answer[6:12] != bytes(6) or answer[12:] != QUESTION[12:]:
    got(answer)

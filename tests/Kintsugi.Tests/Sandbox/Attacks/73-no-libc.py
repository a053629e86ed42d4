"""Run a static program without any libc, as one linked to musl would be: nothing in it asks a library what it may do.

HELD: the filter answers it as it answers Python. The program makes one system call and exits with its error.
"""
import struct

from attack import *

UNSHARE, PTRACE, KEYCTL = ((272, 97), 0x10000000), ((101, 117), 16), ((250, 219), 0)


def machine_code(number, argument):
    if arm:
        words = [0xD2800008 | number << 5, 0xD2800000 | (argument & 0xFFFF) << 5, 0xF2A00000 | argument >> 16 << 5,  # x8 = number, x0 = argument
                 0xD2800001, 0xD2800002, 0xD4000001,  # x1 = x2 = 0, svc
                 0xCB0003E0, 0xD2800BA8, 0xD4000001]  # exit(-x0)
        return struct.pack(f"<{len(words)}I", *words)
    return (b"\xb8" + struct.pack("<I", number) + b"\xbf" + struct.pack("<I", argument)  # eax = number, edi = argument
            + b"\x31\xf6\x31\xd2\x0f\x05"  # esi = edx = 0, syscall
            + b"\x89\xc7\xf7\xdf\xb8\x3c\x00\x00\x00\x0f\x05")  # exit(-eax)


def program(code):
    base, headers = 0x400000, 64 + 56
    size = headers + len(code)
    header = b"\x7fELF\x02\x01\x01" + bytes(9) + struct.pack("<HHIQQQIHHHHHH", 2, 183 if arm else 62, 1, base + headers, 64, 0, 0, 64, 56, 1, 0, 0, 0)
    return header + struct.pack("<IIQQQQQQ", 1, 5, 0, base, base, size, size, 0x1000) + code


for (x64, arm64), argument in (UNSHARE, PTRACE, KEYCTL):
    number = arm64 if arm else x64
    with open(f"static-{number}", "wb") as file:
        file.write(program(machine_code(number, argument)))
    os.chmod(f"static-{number}", 0o755)
    ended = alone(lambda: os.execv(f"./static-{number}", ["static"]))
    if os.waitstatus_to_exitcode(ended) != errno.EPERM:
        got(f"system call {number} ended with {os.waitstatus_to_exitcode(ended)}")

"""Make system calls by another ABI (x32, 32-bit), whose numbers slip past a filter that does not look.

HELD: such a call ends the process.
"""
import mmap

from attack import *

if not arm:
    if alone(lambda: libc.syscall(0x40000000 | 101, 16, 1, 0, 0)) == 0:
        got("x32")

    def by_interrupt():
        """mov eax, 20 (getpid of the 32-bit ABI); int 0x80; ret"""
        code = mmap.mmap(-1, mmap.PAGESIZE, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
        code.write(b"\xb8\x14\x00\x00\x00\xcd\x80\xc3")
        ctypes.CFUNCTYPE(ctypes.c_int)(ctypes.addressof(ctypes.c_char.from_buffer(code)))()

    if alone(by_interrupt) == 0:
        got("32-bit")

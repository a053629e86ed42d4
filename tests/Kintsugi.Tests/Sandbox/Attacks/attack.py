"""What the attacks share. An attack prints what it got hold of: one that prints nothing and ends with status 0 was held.

On the first line of its standard input an attack is told, as JSON, what a well-informed attacker would know of the host (see `known`).
"""
import ctypes
import errno
import json
import os
import platform
import signal
import socket
import stat
import sys

# bait: path of a file on the host; tree: where the workspace lies on the host; port: of a TCP service on the host's loopback;
# abstract: name of an abstract Unix socket on the host; environment: entries of the product's own environment; process: its number.
known = json.loads(sys.stdin.readline())

libc = ctypes.CDLL(None, use_errno=True)
arm = platform.machine() == "aarch64"
GATEWAY = ("127.0.0.1", 8080)


def got(*what):
    print(*what, flush=True)


def call(x64, arm64, *arguments):
    """Makes a system call by its number, past every check of libc. Returns its result; -1 also where the architecture lacks it."""
    number = arm64 if arm else x64
    if number is None:
        ctypes.set_errno(errno.ENOSYS)
        return -1
    ctypes.set_errno(0)
    return libc.syscall(number, *[a if isinstance(a, (bytes, ctypes.Array, type(None))) else ctypes.c_long(a) for a in arguments])


def refused(name, x64, arm64, *arguments):
    """Reports a system call that the filter lets through to the kernel, whether or not the kernel then refuses it."""
    if call(x64, arm64, *arguments) != -1:
        got(name)
    elif ctypes.get_errno() not in (errno.EPERM, errno.ENOSYS):
        got(name, "reached the kernel:", os.strerror(ctypes.get_errno()))


def succeeds(name, act):
    """Reports an act that the system does not refuse."""
    try:
        act()
    except (OSError, ValueError):
        return
    got(name)


def opens(path, mode=os.O_RDONLY):
    succeeds(f"opened {path}", lambda: os.close(os.open(path, mode | os.O_NONBLOCK)))


def writes(path):
    """Reports a file that can be opened for writing, or made where there is none. Nothing is written."""
    opens(path, os.O_WRONLY | (0 if os.path.lexists(path) else os.O_CREAT))


def connects(family, kind, address):
    with socket.socket(family, kind) as s:
        s.settimeout(1)
        succeeds(f"connected to {address}", lambda: s.connect(address))


def processes():
    return [int(name) for name in os.listdir("/proc") if name.isdigit()]


def alone(act):
    """Runs an act in a child of its own and returns how that ended, as os.waitpid tells it."""
    child = os.fork()
    if child == 0:
        act()
        os._exit(0)
    return os.waitpid(child, 0)[1]

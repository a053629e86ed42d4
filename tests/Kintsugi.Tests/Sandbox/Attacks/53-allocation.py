"""Allocate 10 GB in one process.

HELD: the limit of its data segment refuses it; Python says so.
"""
from attack import *

got(len(bytearray(10 << 30)))

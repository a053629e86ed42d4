"""Find the product's environment variables, in the own environment or that of any process.

HELD: no entry of the product's environment turns up in any /proc/*/environ.
"""
from attack import *

for process in processes():
    try:
        with open(f"/proc/{process}/environ", "rb") as file:
            entries = file.read().split(b"\0")
    except OSError:
        continue
    for secret in known["environment"]:
        if secret.encode() in entries:
            got(f"process {process} has {secret.partition('=')[0]}")

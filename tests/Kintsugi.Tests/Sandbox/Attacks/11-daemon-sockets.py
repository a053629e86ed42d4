"""Find the sockets of docker, podman, D-Bus, X11 or an ssh agent.

HELD: none of them exists.
"""
from attack import *

for path in ("/var/run/docker.sock", "/run/docker.sock", "/run/podman", "/run/containerd", "/run/dbus", "/run/systemd", "/run/user", "/tmp/.X11-unix", "/run/snapd.socket"):
    if os.path.exists(path):
        got(path)
for name in ("SSH_AUTH_SOCK", "DBUS_SESSION_BUS_ADDRESS", "DISPLAY", "DOCKER_HOST"):
    if name in os.environ:
        got(name)

"""What the cases share: a network of their own, and the results as TAP."""

import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))

from cases import Failure, case, expect, run_all, until  # noqa: E402,F401


def enter_network():
    """Goes on in a network and a mount namespace of its own, as the root of it."""
    if os.environ.get("CHECK_NETWORK") != "own":
        words = ["unshare", "--net", "--mount"] + ([] if os.getuid() == 0 else ["--map-root-user"])
        os.environ["CHECK_NETWORK"] = "own"
        os.execvp(words[0], [*words, sys.executable, *sys.argv])
    shell("ip link set lo up")
    shell("sysctl -qw net.ipv4.ping_group_range='0 0'")


def shell(line):
    subprocess.run(["sh", "-ec", line], check=True)


def bind(text, place):
    """Has a file of the system's read as this text, for this script and what it starts."""
    path = f"/tmp/check-bind.{os.getpid()}.{os.path.basename(place)}"
    with open(path, "w") as file:
        file.write(text)
    os.chmod(path, 0o644)
    shell(f"mount --bind {path} $(readlink -f {place})")
    os.unlink(path)

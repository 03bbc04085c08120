#!/usr/bin/env python3
"""Makes the state directories for `flips` (Tests/flips) and runs it on them.

They are what a killed opsd leaves: in `log` a segment of some 64 KiB and the next one's beginning; in
`snapshots` both snapshots, some 64 KiB each, with the log after them.

usage: flips.py OPSD FLIPS all | COUNT SEED       prints TAP
"""

import os
import shutil
import subprocess
import sys
import tempfile

from daemon import Daemon

BYTES = 66_000


class Maker:
    """A daemon that is fed until its files have a size."""

    def __init__(self, program):
        self.daemon = Daemon(program, more="[events]\ntail = 100\n")
        self.count = 0

    def feed(self, requests):
        """This many changes, one after another."""
        with self.daemon.connect() as peer, peer.makefile("rb") as replies:
            for _ in range(requests):
                self.count += 1
                host = f"{self.count >> 8 & 255}.{self.count & 255}"
                verb = ("ban", "ban", "ban", "strike", "unban")[self.count % 5]
                if verb == "unban":
                    host = f"{self.count - 3 >> 8 & 255}.{self.count - 3 & 255}"
                reason = f"n\u00b0 {self.count}" if self.count % 8 == 0 else f"number {self.count}"
                terms = "" if verb == "unban" else f' reason="{reason}" source=made'
                ttl = " ttl=30d" if verb == "ban" else ""
                peer.sendall(f"{verb} 203.0.{host}{terms}{ttl}\n".encode())
                line = replies.readline()
                if not line.startswith(b"ok "):
                    raise RuntimeError(f"{verb} {host}: {line!r}")

    def snapshot(self):
        with self.daemon.connect() as peer, peer.makefile("rb") as replies:
            peer.sendall(b"snapshot\n")
            if not replies.readline().startswith(b"ok "):
                raise RuntimeError("no snapshot")

    def size(self, name):
        try:
            with open(f"{self.daemon.state}/{name}", "rb") as file:
                return len(file.read().rstrip(b"\0"))
        except FileNotFoundError:
            return 0

    def restart(self):
        self.daemon.kill()
        self.daemon.start()


def make(program, path):
    """Both directories below `path`."""
    maker = Maker(program)
    try:
        maker.daemon.start()
        while maker.size("wal/00000000000000000001.wal") < BYTES:
            maker.feed(50)
        maker.restart()
        maker.daemon.kill()
        shutil.copytree(maker.daemon.state, path + "/log")
        maker.daemon.start()
        while maker.size("snapshot.previous.jsonl") < BYTES:
            maker.feed(50)
            maker.snapshot()
        maker.feed(100)
        maker.daemon.kill()
        shutil.copytree(maker.daemon.state, path + "/snapshots")
    finally:
        maker.daemon.remove()


def main():
    program, flips = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2])
    path = tempfile.mkdtemp(prefix="opsd-flips-")
    try:
        make(program, path)
        command = [flips, path + "/log", path + "/snapshots", *sys.argv[3:]]
        return subprocess.run(command, check=False).returncode
    finally:
        shutil.rmtree(path, ignore_errors=True)


sys.exit(main())

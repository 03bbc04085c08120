"""opsd as a test sees it: a process in a directory of its own, its READY, its socket, all it holds.

No sleep waits for anything here: READY comes over a notify socket, an end over a pidfd.
"""

import json
import os
import select
import shutil
import signal
import socket
import subprocess
import tempfile
from collections import namedtuple

from address import CONFIGURATION as GUARD, SOURCES, Address

START_SECONDS = 60
CONFIGURATION = """\
[paths]
socket = "{directory}/opsd.sock"
state = "{directory}/state"
log = "{directory}/log"
[enforce]
mode = "none"  # what is tried here is no reason to drop anybody's packets

[store]
fsync = "{fsync}"
snapshot_interval = "1h"
"""


class NoStart(Exception):
    """The daemon ended before READY, or never said it; the text is what it printed."""


# What a daemon holds: {address: Address} and {stream: number} in one; and {address: source that decides}.
Found = namedtuple("Found", "held deciding")


class Daemon:
    """A directory, and the opsd that runs on it or does not."""

    def __init__(self, program, fsync="always", directory=None, more=""):
        self.program = program
        self.directory = directory or tempfile.mkdtemp(prefix="opsd-crash-")
        self.socket_path = self.directory + "/opsd.sock"
        self.state = self.directory + "/state"
        self.process = None
        self.environment = dict(os.environ, NOTIFY_SOCKET=self.directory + "/notify")
        # It would name the service that these tests run in.
        self.environment.pop("SYSTEMD_EXEC_PID", None)
        self.notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.notify.bind(self.directory + "/notify")
        with open(self.directory + "/opsd.toml", "w") as file:
            file.write(CONFIGURATION.format(directory=self.directory, fsync=fsync))
            file.write(GUARD + more)

    def spawn(self, **environment):
        """Starts it and waits for nothing."""
        self.drain()
        with open(self.directory + "/out", "wb") as out:
            self.process = subprocess.Popen(
                [self.program, "--config", self.directory + "/opsd.toml"],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                env=dict(self.environment, **environment),
            )

    def start(self, **environment):
        """Starts it and waits for READY."""
        self.spawn(**environment)
        ended = os.pidfd_open(self.process.pid)
        try:
            while True:
                ready, _, _ = select.select([self.notify, ended], [], [], START_SECONDS)
                if self.notify in ready and b"READY=1" in self.notify.recv(4096):
                    return
                if self.notify not in ready:
                    status = self.process.wait() if ended in ready else "none"
                    self.kill()
                    raise NoStart(f"no READY, exit {status}: {self.words()[-800:]}")
        finally:
            os.close(ended)

    def drain(self):
        while select.select([self.notify], [], [], 0)[0]:
            self.notify.recv(4096)

    def words(self):
        """What this process has printed so far."""
        with open(self.directory + "/out", errors="replace") as file:
            return file.read()

    def kill(self):
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    def stop(self):
        """In good order; the exit status."""
        self.process.terminate()
        return self.process.wait(timeout=START_SECONDS)

    def snapshot(self):
        self.process.send_signal(signal.SIGUSR1)

    def connect(self):
        peer = socket.socket(socket.AF_UNIX)
        peer.connect(self.socket_path)
        return peer

    def rows(self, table, terms=""):
        """All rows of `bans`, `strikes` or `places`."""
        with self.connect() as peer, peer.makefile("rb") as replies:
            return list(pages(peer, replies, table, terms))

    def held(self):
        """All bans, strikes and places."""
        claims, strikes = {}, {}
        for source in SOURCES:
            for row in self.rows("bans", f" source={source}"):
                claim = (row["reason"], row.get("unconfirmed", False))
                claims.setdefault(row["ip"], {})[source] = claim
        for row in self.rows("strikes"):
            items = [(item["reason"], item["source"], item["weight"]) for item in row["items"]]
            strikes[row["ip"]] = tuple(items)
        held = {ip: Address(claims.get(ip, {}), strikes.get(ip, ())) for ip in {*claims, *strikes}}
        held |= {row["stream"]: row["place"] for row in self.rows("places")}
        return Found(held, {row["ip"]: row["source"] for row in self.rows("bans")})

    def remove(self):
        self.kill()
        self.notify.close()
        shutil.rmtree(self.directory, ignore_errors=True)


def pages(peer, replies, table, terms=""):
    """The rows of `bans`, `strikes` or `places`, page by page."""
    after = ""
    while True:
        peer.sendall(f"{table} limit=1000{terms}{after}\n".encode())
        line = replies.readline()
        if not line.startswith(b"ok "):
            raise NoStart(f"{table}: {line!r}")
        page = json.loads(line[3:])
        yield from page[table]
        if page.get("next") is None:
            return
        after = " after=" + page["next"]

"""Redis as its users run it on one host: a Unix socket, the shipped defaults, one I/O thread."""

import os
import shutil
import time

from lines import Lines
from process import Server, children, rollup

PROGRAM = "redis-server"


class Redis(Server):
    """`save`: no automatic RDB unless said; `appendfsync`: None is not a log at all."""

    def __init__(self, directory, appendfsync=None, **options):
        os.makedirs(directory, exist_ok=True)
        self.socket = directory + "/redis.sock"
        lines = {
            "port": "0",
            "unixsocket": self.socket,
            "dir": directory,
            "save": '""',
            "io-threads": "1",
            "appendonly": "no" if appendfsync is None else "yes",
            "appendfsync": appendfsync or "everysec",
            **{key.replace("_", "-"): value for key, value in options.items()},
        }
        configuration = directory + "/redis.conf"
        with open(configuration, "w") as file:
            file.writelines(f"{key} {value}\n" for key, value in lines.items())
        super().__init__([shutil.which(PROGRAM) or PROGRAM, configuration], directory)
        self.readySeconds = 0.0

    def start(self):
        began = time.monotonic()
        self.spawn()
        self.awaits(self.answers)
        self.readySeconds = time.monotonic() - began
        return self

    def answers(self):
        """Whether PING is answered, and not by -LOADING."""
        try:
            lines = Lines(self.socket)
        except OSError:
            return False
        try:
            return lines.ask(b"PING\r\n").startswith(b"+PONG")
        except (OSError, EOFError):
            return False
        finally:
            lines.close()

    def ask(self, line):
        lines = Lines(self.socket)
        try:
            return lines.ask(line.encode() + b"\r\n")
        finally:
            lines.close()

    def stop(self):
        """SHUTDOWN would save; what is to be kept is saved by name before."""
        if self.process is not None and self.process.poll() is None:
            self.kill()

    @property
    def information(self):
        """INFO persistence, by name."""
        lines = Lines(self.socket)
        try:
            lines.peer.sendall(b"INFO persistence\r\n")
            lines.reply()
            found = {}
            while (line := lines.reply().rstrip(b"\r").decode()) != "":
                if ":" in line:
                    name, _, value = line.partition(":")
                    found[name] = value
            return found
        finally:
            lines.close()

    def backgroundSave(self, watch=None):
        """BGSAVE to its end; `watch` is called meanwhile."""
        self.ask("BGSAVE")
        while True:
            if watch:
                watch()
            elif self.information["rdb_bgsave_in_progress"] == "0":
                return
            else:
                time.sleep(0.005)
            if watch and not children(self.pid):
                return

    def peakOfSave(self):
        """Bytes at the worst moment of a BGSAVE: the parent, and what its child has for itself."""
        peak = 0

        def look():
            nonlocal peak
            total = self.residentBytes
            for child in children(self.pid):
                try:
                    sums = rollup(child)
                    total += sums["Private_Dirty"] + sums["Private_Clean"]
                except (OSError, ProcessLookupError, IndexError, KeyError):
                    continue
            peak = max(peak, total)

        self.backgroundSave(look)
        return peak

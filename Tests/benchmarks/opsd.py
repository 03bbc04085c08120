"""opsd under test: a configuration and a state directory of its own, started as systemd would."""

import json
import os
import socket
import time

from lines import Lines
from process import NoStart, Server

START_SECONDS = 600


def settings(directory, **sections):
    """opsd.toml: the defaults, but for what is named (section={key: value})."""
    paths = {
        "socket": f"{directory}/opsd.sock",
        "state": f"{directory}/state",
        "log": f"{directory}/log",
    }
    lines = []
    for name, keys in {"paths": paths, **sections}.items():
        lines.append(f"[{name}]")
        lines += [f"{key} = {json.dumps(value)}" for key, value in keys.items()]
    return "\n".join(lines) + "\n"


class Opsd(Server):
    """`readySeconds` is from exec to READY=1."""

    def __init__(self, program, directory, **sections):
        configuration = directory + "/opsd.toml"
        super().__init__([program, "--config", configuration], directory)
        os.makedirs(directory, exist_ok=True)
        with open(configuration, "w") as file:
            file.write(settings(directory, **sections))
        self.socket = directory + "/opsd.sock"
        self.readySeconds = 0.0

    def start(self):
        place = self.directory + "/notify"
        if os.path.exists(place):
            os.remove(place)
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
            manager.bind(place)
            manager.settimeout(0.5)
            self.environment["NOTIFY_SOCKET"] = place
            # It would name the service that the benchmarks run in.
            self.environment.pop("SYSTEMD_EXEC_PID", None)
            began = time.monotonic()
            self.spawn()
            while True:
                try:
                    if b"READY=1" in manager.recv(4096):
                        break
                except TimeoutError:
                    if self.process.poll() is not None:
                        self.fail()
                    if time.monotonic() - began > START_SECONDS:
                        raise NoStart(f"no READY=1 after {START_SECONDS} s") from None
            self.readySeconds = time.monotonic() - began
        # From here on nobody listens; the messages are lost.
        return self

    def ask(self, line):
        """One request; its object.  A refusal is a fault here."""
        lines = Lines(self.socket)
        try:
            reply = lines.ask(line.encode() + b"\n")
        finally:
            lines.close()
        if not reply.startswith(b"ok "):
            raise ValueError(f"{line[:80]}: {reply[:300]!r}")
        return json.loads(reply[3:])

    def status(self):
        return self.ask("status")

    def snapshot(self):
        return self.ask("snapshot")

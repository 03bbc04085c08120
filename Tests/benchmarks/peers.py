"""The peers that watch: node_exporter, monit and fail2ban, each on paths and ports of its own."""

import http.client
import os
import shutil
import socket
import threading
import time

from process import Server

# What opsd reads for a sample, and no more.
COLLECTORS = ("cpu", "stat", "meminfo", "loadavg", "netdev", "diskstats", "pressure", "filesystem")


def freePort():
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        return holder.getsockname()[1]


class NodeExporter(Server):
    def __init__(self, directory):
        self.port = freePort()
        words = [
            shutil.which("prometheus-node-exporter") or "prometheus-node-exporter",
            f"--web.listen-address=127.0.0.1:{self.port}",
            "--collector.disable-defaults",
            *(f"--collector.{name}" for name in COLLECTORS),
        ]
        super().__init__(words, directory)

    def start(self):
        self.spawn()
        self.awaits(self.answers, seconds=20, pause=0.02)

    def answers(self):
        try:
            self.scrape(http.client.HTTPConnection("127.0.0.1", self.port, timeout=5))
            return True
        except OSError:
            return False

    @staticmethod
    def scrape(connection):
        connection.request("GET", "/metrics", headers={"Accept-Encoding": "gzip"})
        body = connection.getresponse().read()
        if len(body) < 500:
            raise ValueError("node_exporter has nothing to say")


class Scraper(threading.Thread):
    """Asks once a second over one connection, as Prometheus does."""

    def __init__(self, exporter):
        super().__init__(daemon=True)
        self.exporter, self.isEnding = exporter, threading.Event()

    def run(self):
        connection = http.client.HTTPConnection("127.0.0.1", self.exporter.port, timeout=5)
        due = time.monotonic()
        while not self.isEnding.is_set():
            self.exporter.scrape(connection)
            due += 1
            self.isEnding.wait(max(0, due - time.monotonic()))
        connection.close()

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *fault):
        self.isEnding.set()
        self.join()


class Monit(Server):
    """A cycle a second: the system's load, memory and CPU, and one file system."""

    CONTROL = """set daemon 1
set log {0}/monit.log
set pidfile {0}/monit.pid
set idfile {0}/monit.id
set statefile {0}/monit.state
check system bench
    if loadavg (1min) > 1000 then alert
    if memory usage > 99% then alert
    if cpu usage > 100% for 10 cycles then alert
check filesystem root with path /
    if space usage > 99% then alert
"""

    def __init__(self, directory):
        control = directory + "/monitrc"
        with open(control, "w") as file:
            file.write(self.CONTROL.format(directory))
        os.chmod(control, 0o600)
        super().__init__([shutil.which("monit") or "monit", "-I", "-c", control], directory)


class Fail2ban(Server):
    """One jail, whose action does nothing and whose log is empty."""

    JAIL = "bench"

    def __init__(self, directory):
        self.etc, self.socket = directory + "/etc", directory + "/f2b.sock"
        shutil.copytree("/etc/fail2ban", self.etc)
        self.write("fail2ban.local", f"[Definition]\nlogtarget = {directory}/f2b.log\nloglevel = ERROR\n"
                   f"dbfile = {directory}/f2b.sqlite3\n")
        self.write("action.d/nothing.conf", "[Definition]\nactionban =\nactionunban =\n")
        self.write("filter.d/nothing.conf", "[Definition]\nfailregex = ^<HOST> never$\n")
        for name in os.listdir(self.etc + "/jail.d"):
            os.remove(f"{self.etc}/jail.d/{name}")
        open(directory + "/empty.log", "w").close()
        self.write(
            "jail.local",
            f"[{self.JAIL}]\nenabled = true\nbackend = polling\nfilter = nothing\naction = nothing\n"
            f"logpath = {directory}/empty.log\nmaxretry = 1000\nfindtime = 1d\nbantime = 1d\n",
        )
        self.place = ["-c", self.etc, "-s", self.socket, "-p", directory + "/f2b.pid"]
        super().__init__(["fail2ban-server", *self.place, "-f", "start"], directory)

    def write(self, name, text):
        with open(f"{self.etc}/{name}", "w") as file:
            file.write(text)

    @property
    def client(self):
        """The words of a client's call, before the command."""
        return [shutil.which("fail2ban-client") or "fail2ban-client", *self.place[:4]]

    def start(self):
        self.spawn()
        self.awaits(lambda: os.path.exists(self.socket), seconds=30, pause=0.05)
        time.sleep(1)

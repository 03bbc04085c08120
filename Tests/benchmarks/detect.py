"""Logs, and those who read them: opswatch, fail2ban's own engine and sshguard's parser.

All times are CPU time, user and system, of a process that reads a whole file: on one core, so that what
else the machine does takes nothing of it.
"""

import glob
import os
import re
import subprocess
import sys
import time

from opsd import settings
from process import Server

FILTERS = "/etc/fail2ban/filter.d"
PARSERS = ("/usr/libexec/sshguard/sshg-parser", "/usr/lib/x86_64-linux-gnu/sshg-parser",
           "/usr/lib/sshguard/sshg-parser")
SSHD = "sshd[mode=aggressive]"
NGINX = ("nginx-http-auth", "nginx-botsearch", "nginx-limit-req")


def quiet(number):
    """A line of a host's log that no filter for sshd looks at."""
    return (f"{stamp(number)} host systemd[1]: session-{number}.scope: Deactivated successfully, nothing"
            " more to say of it\n")


def failed(number):
    """A line that each reader counts: somebody failed to log in."""
    return (f"{stamp(number)} host sshd[{number % 30000}]: Failed password for invalid user admin{number % 100}"
            f" from 203.0.{number // 250 % 250}.{number % 250} port {number % 60000} ssh2\n")


def request(number):
    """A line of a web server's log in which nothing is wrong."""
    return (f'198.51.100.{number % 250} - - [28/Nov/2026:{stamp(number)[7:]} +0000] "GET /shop/item/{number}'
            f'?ref=home HTTP/1.1" 200 {number % 9000} "https://shop.example/" "Mozilla/5.0 (X11; Linux x86_64;'
            ' rv:120.0) Gecko/20100101 Firefox/120.0"\n')


def stamp(number):
    return f"Nov 28 {number // 3600 % 24:02}:{number // 60 % 60:02}:{number % 60:02}"


def log(path, line, count):
    with open(path, "w") as file:
        for first in range(0, count, 10_000):
            file.write("".join(map(line, range(first, min(first + 10_000, count)))))
    return path


def cpu(words, path=None):
    """CPU seconds of a process that reads `path` as its input, and what it printed."""
    with open(path or os.devnull, "rb") as source:
        process = subprocess.Popen(words, stdin=source, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        said = process.stdout.read()
        complaint = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise OSError(f"{words[0]}: {complaint.decode(errors='replace')[-500:]}")
    return usage.ru_utime + usage.ru_stime, said.decode(errors="replace")


# opswatch.

def rules(sources):
    """The sections of opsd.toml for {source: (files, filters)}."""
    sections = {"watch": {"rules": []}}
    for source, (files, filters) in sources.items():
        sections[f"watch.source.{source}"] = {"files": files}
        for spec in filters:
            name = re.sub(r"[^a-z0-9-]", "", spec.split("[")[0].lower())
            sections[f"watch.rule.{source}-{name}"] = {"sources": [source], "filter": spec}
    return sections


def configure(directory, sources, **others):
    path = directory + "/opsd.toml"
    with open(path, "w") as file:
        file.write(settings(directory, **rules(sources), **others))
    return path


class Opswatch(Server):
    """The detector at work; the configuration is that of the opsd that it talks to."""

    def __init__(self, program, configuration, directory):
        super().__init__(
            [program, "--config", configuration, "--state", directory + "/watch"], directory)

    def start(self):
        os.makedirs(self.directory + "/watch", exist_ok=True)
        self.spawn()
        self.awaits(lambda: "started:" in self.said, seconds=60, pause=0.01)

    @property
    def said(self):
        with open(self.directory + "/out", errors="replace") as out:
            return out.read()

    @property
    def anonymousBytes(self):
        with open(f"/proc/{self.pid}/status") as file:
            return next(int(line.split()[1]) * 1024 for line in file if line.startswith("RssAnon:"))


def replay(program, configuration, source):
    """CPU seconds of reading a source with a sink that only counts; lines and strikes."""
    seconds, said = cpu([program, "--replay", "--dry-run", "--quiet", "--since", "36500d", "--config",
                         configuration, source])
    lines, strikes = re.match(r"(\d+) lines of \d+ files?, (\d+) strikes", said).groups()
    return seconds, int(lines), int(strikes)


def filters(program, directory):
    """All of Debian's filters that are one: what others include is none."""
    found = []
    for path in sorted(glob.glob(FILTERS + "/*.conf")):
        name = os.path.basename(path)[:-5]
        with open(path) as file:
            if re.search(r"^failregex\s*=", file.read(), re.M) and not name.endswith("common"):
                found.append(name)
    configuration = configure(directory, {"all": ([directory + "/all.log"], found)})
    subprocess.run([program, "--check", "--config", configuration], check=True, capture_output=True)
    return found


# The peers.

ENGINE = r"""
import logging, sys, time
path, *specs = sys.argv[1:]
sys.path.insert(0, "/usr/lib/python3/dist-packages")
from fail2ban.client.filterreader import FilterReader
from fail2ban.helpers import extractOptions
from fail2ban.server.filter import Filter
logging.disable(logging.CRITICAL)
filters = []
for spec in specs:
    name, options = extractOptions(spec)
    reader = FilterReader(name, "jail", options, share_config={}, basedir="/etc/fail2ban")
    reader.read()
    reader.getOptions({})
    made = Filter(None, useDns="no")
    made.checkFindTime = False
    for command in reader.convert():
        for value in command[3] if command[0] == "multi-set" else [command[3]]:
            if command[2] == "prefregex":
                made.prefRegex = value
            elif command[2] == "addfailregex":
                made.addFailRegex(value)
            elif command[2] == "addignoreregex":
                made.addIgnoreRegex(value)
            elif command[2] == "datepattern":
                made.setDatePattern(value)
    filters.append(made)
with open(path) as file:
    lines = [line.rstrip("\n") for line in file]
found = 0
began = time.process_time()
for made in filters:
    for line in lines:
        found += len(made.processLine(line))
print(time.process_time() - began, found)
"""


def engine(path, specs):
    """CPU seconds that fail2ban's own classes take for the lines of a file, and what they found."""
    _, said = cpu([sys.executable, "-c", ENGINE, path, *specs])
    seconds, found = said.split()
    return float(seconds), int(found)


def parser():
    """sshguard's parser, where Debian puts it."""
    return next((path for path in PARSERS if os.path.exists(path)), PARSERS[0])


def sshguard(path):
    """CPU seconds that sshguard's parser takes, and the attacks that it prints."""
    seconds, said = cpu([parser()], path)
    return seconds, said.count("\n")


# From a line to its strike.

class Writer:
    """Writes a line into a log, and says when."""

    def __init__(self, path):
        self.file = open(path, "ab", buffering=0)

    def write(self, line):
        began = time.monotonic()
        self.file.write(line.encode())
        return began

    def close(self):
        self.file.close()


def line(address):
    return time.strftime("%b %d %H:%M:%S") + f" host sshd[1]: Failed password for root from {address} port 22 ssh2\n"

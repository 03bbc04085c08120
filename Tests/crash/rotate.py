#!/usr/bin/env python3
"""kill -9 of the detector while its log is written and rotated: is any line lost, or counted twice?

A program writes lines at a steady rate; one in ten is a failure, each of an address of its own. Its log is
rotated in every way that logrotate knows (odd seeds: numbered names, even ones: dates), at random moments. SIGKILL hits opswatch at random, now and then
opsd too. In the end every address must have exactly one strike. Only what had not been read when a file was
truncated in place may be missing, and then opswatch must have said so.

usage: rotate.py OPSD OPSWATCH KILLS LINES_PER_SECOND SEED       prints TAP
"""

import collections
import gzip
import os
import random
import shutil
import subprocess
import sys
import threading
import time

from daemon import Daemon

SECTIONS = """
[guard.source.app]
strikes = 1000
window = "1d"
[watch]
rules = []
[watch.source.app]
files = ["{directory}/logs/app.log"]
[watch.rule.app]
sources = ["app"]
pattern = '^ app\\[\\d+\\]: refused login of user \\S+ from <HOST>$'
"""
FAILURE_EVERY = 10
FIRST_ADDRESS = 11 << 24  # 11.0.0.0: no private network
IN_PLACE = ("copytruncate", "truncate")
PATIENCE_SECONDS = 60


def address(number):
    value = FIRST_ADDRESS + number
    return ".".join(str(value >> shift & 255) for shift in (24, 16, 8, 0))


class Writer(threading.Thread):
    """The program that logs, and its logrotate."""

    def __init__(self, directory, rate, seed):
        super().__init__()
        self.directory = directory
        self.path = directory + "/app.log"
        self.rate = rate
        self.random = random.Random(seed)
        self.is_dated = seed % 2 == 0
        self.stopping = threading.Event()
        self.failures = 0
        self.lines = 0
        self.rotations = collections.Counter()
        # Failures by what happened to the file they were written to: numbers from ... to.
        self.generations = []

    def run(self):
        began = time.monotonic()
        first = 0
        due = self.random.uniform(0.2, 1.0)
        file = open(self.path, "a")
        while not self.stopping.is_set():
            self.write(file)
            passed = time.monotonic() - began
            if passed > due:
                kind = self.random.choice(
                    ("rename", "late", "gzip", "gzip", "copytruncate", "truncate", "twice")
                )
                file = self.rotate(kind, file)
                self.generations.append((kind, first, self.failures))
                first = self.failures
                self.rotations[kind] += 1
                due = passed + self.random.uniform(0.2, 2.0)
            ahead = self.lines / self.rate - (time.monotonic() - began)
            if ahead > 0:
                self.stopping.wait(ahead)
        file.close()
        self.generations.append(("end", first, self.failures))

    def write(self, file):
        """A hundredth of a second's worth of lines."""
        lines = []
        stamp = time.strftime("%b %d %H:%M:%S")
        for _ in range(max(1, self.rate // 100)):
            self.lines += 1
            if self.lines % FAILURE_EVERY:
                lines.append(f"{stamp} app[77]: request {self.lines} took 12 ms, all is well with it\n")
            else:
                lines.append(
                    f"{stamp} app[77]: refused login of user u{self.failures} from {address(self.failures)}\n"
                )
                self.failures += 1
        text = "".join(lines)
        # Writers of logs write halves of lines, too.
        cut = self.random.randrange(len(text))
        file.write(text[:cut])
        file.flush()
        file.write(text[cut:])
        file.flush()

    def target(self):
        """Where the log goes: app.log.1, after the older ones have moved on, or a name with the time."""
        if self.is_dated:
            # logrotate dates by the second, and rotates a log once a second at most.
            while True:
                name = self.path + time.strftime("-%Y%m%d-%H%M%S")
                if not os.path.exists(name) and not os.path.exists(name + ".gz"):
                    return name
                self.stopping.wait(0.1)
        for number in (3, 2, 1):
            for ending in ("", ".gz"):
                old = f"{self.path}.{number}{ending}"
                if os.path.exists(old):
                    os.rename(old, f"{self.path}.{number + 1}{ending}")
        return self.path + ".1"

    def rotate(self, kind, file):
        if kind == "truncate":
            file.truncate(0)
            return file
        target = self.target()
        if kind == "copytruncate":
            shutil.copyfile(self.path, target)
            file.truncate(0)
            return file
        os.rename(self.path, target)
        if kind == "late":
            # The program goes on writing to the old file for a while.
            self.write(file)
            self.stopping.wait(0.05)
        file.close()
        file = open(self.path, "a")
        if kind == "gzip":
            with open(target, "rb") as plain, gzip.open(target + ".gz.new", "wb", 1) as packed:
                shutil.copyfileobj(plain, packed)
            shutil.copystat(target, target + ".gz.new")  # as logrotate does
            os.rename(target + ".gz.new", target + ".gz")
            os.remove(target)
        if kind == "twice":
            self.write(file)
            return self.rotate("rename", file)
        return file


class Detector:
    """opswatch, killed and started again."""

    def __init__(self, program, daemon):
        self.program = program
        self.daemon = daemon
        self.process = None
        os.mkdir(daemon.directory + "/watch")
        self.out = open(daemon.directory + "/watch.out", "ab")

    def start(self):
        self.process = subprocess.Popen(
            [
                self.program,
                "--config",
                self.daemon.directory + "/opsd.toml",
                "--state",
                self.daemon.directory + "/watch",
            ],
            stdin=subprocess.DEVNULL,
            stdout=self.out,
            stderr=self.out,
            env={k: v for k, v in os.environ.items() if k != "NOTIFY_SOCKET"},
        )

    def kill(self):
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    def words(self):
        with open(self.daemon.directory + "/watch.out", errors="replace") as file:
            return file.read()


def counted(daemon):
    """How often each address was counted."""
    counts = collections.Counter()
    for row in daemon.rows("strikes"):
        counts[row["ip"]] += sum(item["weight"] for item in row["items"])
    return counts


def settle(daemon, wanted):
    """Waits until all has arrived, or nothing comes any more; what has been counted."""
    quiet_since = time.monotonic()
    before = -1
    while True:
        counts = counted(daemon)
        total = sum(counts.values())
        if total >= wanted:
            return counts
        if total != before:
            before, quiet_since = total, time.monotonic()
        elif time.monotonic() - quiet_since > PATIENCE_SECONDS / 6:
            return counts
        time.sleep(0.2)


def wait_for(path):
    end = time.monotonic() + PATIENCE_SECONDS
    while not os.path.exists(path):
        if time.monotonic() > end:
            raise OSError(f"{path} does not appear")
        time.sleep(0.01)


def lost_told(detector):
    """How often the detector said that bytes went unread."""
    return sum("was truncated" in line for line in detector.words().splitlines())


def report(number, good, what):
    print(f"{'ok' if good else 'not ok'} {number} - {what}", flush=True)
    return good


def main():
    opsd, opswatch, kills, rate, seed = sys.argv[1:3] + [int(word) for word in sys.argv[3:6]]
    rng = random.Random(seed)
    daemon = Daemon(opsd, "everysec")
    logs = daemon.directory + "/logs"
    os.mkdir(logs)
    with open(daemon.directory + "/opsd.toml", "w") as file:
        file.write(
            f'[paths]\nsocket = "{daemon.socket_path}"\nstate = "{daemon.state}"\n'
            f'log = "{daemon.directory}/log"\n[enforce]\nmode = "none"\n[store]\nfsync = "everysec"\n'
        )
        file.write(SECTIONS.format(directory=daemon.directory))
    print("1..4", flush=True)
    faults = 0
    writer = Writer(logs, rate, seed)
    detector = Detector(opswatch, daemon)
    try:
        daemon.start()
        # What is there at the very first start is not read, what appears later is.
        detector.start()
        wait_for(daemon.directory + "/watch/positions")
        detector.kill()
        writer.start()
        for number in range(kills):
            detector.start()
            time.sleep(rng.choice((rng.uniform(0, 0.1), rng.uniform(0.1, 1.5))))
            if number % 10 == 9:
                daemon.kill()
                daemon.start()
            detector.kill()
            if number % 5 == 4:
                time.sleep(rng.uniform(0, 1))  # rotations while nobody reads
        writer.stopping.set()
        writer.join()
        detector.start()
        counts = settle(daemon, writer.failures)
        missing = [n for n in range(writer.failures) if counts[address(n)] == 0]
        twice = {ip: count for ip, count in counts.items() if count > 1}
        in_place = [(first, end) for kind, first, end in writer.generations if kind in IN_PLACE]
        excused = [n for n in missing if any(first <= n < end for first, end in in_place)]
        print(
            f"# {kills} kills, {writer.lines} lines, {writer.failures} failures,"
            f" rotations {dict(writer.rotations)}, missing {len(missing)},"
            f" of them unread at a truncate in place {len(excused)}, told {lost_told(detector)} times"
        )
        strange = sorted(set(missing) - set(excused))
        if strange:
            for kind, first, end in writer.generations:
                lost = sum(first <= n < end for n in strange)
                print(f"# {kind}: failures {first} to {end - 1}, lost {lost}")
        faults += not report(1, writer.failures > 0 and len(counts) > 0, "there was something to count")
        faults += not report(2, not strange, f"no line is lost {strange[:5]}")
        faults += not report(3, not twice, f"nothing is counted twice {dict(list(twice.items())[:5])}")
        faults += not report(4, not excused or lost_told(detector), "bytes unread at a truncate are told")
        if faults:
            print("# " + "\n# ".join(detector.words().splitlines()[-40:]))
    finally:
        writer.stopping.set()
        detector.kill()
        if faults and os.environ.get("KEEP"):
            print(f"# kept: {daemon.directory}")
            daemon.kill()
        else:
            daemon.remove()
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
"""The chain of events.ndjson through kill -9, power loss, a full disk and logrotate: does it verify?

A client bans and lifts bans as fast as opsd takes it. Then comes one of

  kill     SIGKILL;
  power    SIGKILL, and of what was not synced the disk has only some sectors (record.c, disk.py);
  full     the log directory is full for a while (a small file system; root only, else `kill`), SIGKILL;
  rotate   the file is renamed, as logrotate does, at random moments, with HUP after it or without; SIGKILL.

opsd starts again. Then `opsctl audit verify` must find nothing, every head that `audit status` has called
durable before must still fit, and every id up to the newest must be in the files once, or in a
`lines_lost` line, and not both.

At the end the guard's proof: a file with one byte changed, and one with its end cut off, must be told.

usage: audit.py OPSD OPSCTL ROUNDS SEED       prints TAP; record.c is compiled with $CC, else cc
"""

import contextlib
import glob
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time

from daemon import Daemon, NoStart
from disk import Disk, read_trace

KINDS = ("kill", "power", "full", "rotate")
START_SECONDS = 20
FULL_KILOBYTES = 2_048
CONFIGURATION = """\
[paths]
socket = "{directory}/opsd.sock"
state = "{directory}/state/state"
log = "{directory}/state/log"
[enforce]
mode = "none"
[events]
rotate_bytes = 65536
max_bytes = 1048576
tail = {tail}
[store]
fsync = "always"
"""


def compile_recorder(scratch):
    source = os.path.join(os.path.dirname(os.path.abspath(__file__)), "record.c")
    recorder = scratch + "/record.so"
    command = [os.environ.get("CC", "cc"), "-O2", "-Wall", "-shared", "-fPIC", "-o", recorder, source, "-ldl"]
    subprocess.run(command, check=True)
    return recorder


class Run:
    """A directory in which state and log lie side by side, and what is known of its chain."""

    def __init__(self, opsd, opsctl, seed):
        self.opsctl = opsctl
        self.random = random.Random(seed)
        self.daemon = Daemon(opsd)
        self.top = self.daemon.directory
        self.log = self.top + "/state/log"
        os.makedirs(self.log)
        os.makedirs(self.top + "/state/state", mode=0o750)
        self.anchors = []
        self.number = 0
        self.is_mounted = False
        self.faults = []
        self.counts = dict.fromkeys(KINDS, 0)
        self.lost = 0
        self.recorder = compile_recorder(self.top)

    # What happens.

    def configure(self):
        with open(self.top + "/opsd.toml", "w") as file:
            file.write(CONFIGURATION.format(directory=self.top, tail=self.random.choice((10, 1000))))

    def ask(self, line):
        with self.daemon.connect() as peer, peer.makefile("rb") as replies:
            peer.sendall(line.encode() + b"\n")
            reply = replies.readline()
        if not reply.startswith(b"ok "):
            raise NoStart(f"{line}: {reply!r}")
        return json.loads(reply[3:])

    def load(self, seconds, between=lambda: None):
        """Bans and lifts them, many in one go, for a while."""
        end = time.monotonic() + seconds
        with self.daemon.connect() as peer, peer.makefile("rb") as replies:
            while time.monotonic() < end:
                lines = []
                for _ in range(self.random.choice((1, 1, 10, 100))):
                    address = f"10.{self.random.randrange(256)}.{self.random.randrange(256)}.7"
                    verb = self.random.choice(("ban", "ban", "unban"))
                    lines.append(f"{verb} {address}" + (" ttl=1h reason=audit" if verb == "ban" else ""))
                peer.sendall("\n".join(lines).encode() + b"\n")
                for _ in lines:
                    replies.readline()
                between()

    def note_head(self):
        status = self.ask("audit status")
        if status["durable_seq"]:
            anchor = f"{status['durable_seq']}:{status['durable_hash'][:12]}"
            if anchor not in self.anchors:
                self.anchors.append(anchor)

    def between(self, kind):
        if self.random.random() < 0.02:
            self.daemon.snapshot()
        if self.random.random() < 0.05:
            self.note_head()
        if kind == "rotate" and self.random.random() < 0.05:
            self.number += 1
            # opsd renames it, too.
            with contextlib.suppress(FileNotFoundError):
                os.rename(self.log + "/events.ndjson", f"{self.log}/events.ndjson-2026-{self.number:06}")
            if self.random.random() < 0.7:
                # The service manager would read what opsd says of its reloads.
                self.daemon.drain()
                self.daemon.process.send_signal(1)

    def round(self, kind):
        self.counts[kind] += 1
        self.configure()
        trace = {}
        base = self.top + "/base"
        if kind == "power":
            shutil.rmtree(base, ignore_errors=True)
            shutil.copytree(self.top + "/state", base + "/state", symlinks=True)
            trace = {"LD_PRELOAD": self.recorder, "OPSD_TRACE": self.top + "/trace",
                     "OPSD_TRACE_STATE": self.top + "/state"}
            if os.path.exists(self.top + "/trace"):
                os.remove(self.top + "/trace")
        self.daemon.start(**trace)
        self.verify(f"{kind}, after the start")
        self.load(self.random.uniform(0.05, 0.4), lambda: self.between(kind))
        if kind == "full":
            self.fill()
        if self.random.random() < 0.3:
            # A second, in which a head is made durable and a snapshot has it.
            self.daemon.snapshot()
            time.sleep(1.1)
            self.note_head()
            self.daemon.snapshot()
            self.load(0.05, lambda: self.between(kind))
        self.daemon.kill()
        if kind == "power":
            self.lose_power(base)

    def fill(self):
        """There is no room for a while, then there is again."""
        filler = self.log + "/filler"
        with open(filler, "wb", buffering=0) as file:
            try:
                while file.write(bytes(4096)):
                    pass
            except OSError:
                pass
        try:
            self.load(0.3)
        finally:
            os.remove(filler)
        self.load(0.1)

    def lose_power(self, base):
        links = [name for name in os.listdir(self.log) if os.path.islink(f"{self.log}/{name}")]
        for name in links:
            os.remove(f"{base}/state/log/{name}") if os.path.lexists(f"{base}/state/log/{name}") else None
        disk = Disk(base)
        for index, event in enumerate(read_trace(self.top + "/trace", self.top)):
            if event.kind not in ")><x!":
                disk.perform(index, event)
        shutil.rmtree(self.top + "/state")
        disk.lose_power(self.random, self.top)
        os.makedirs(self.log, exist_ok=True)

    # What is found.

    def verify(self, when):
        end = time.monotonic() + START_SECONDS
        while True:
            status = self.ask("audit status")
            if status["since"] is not None:
                break
            if time.monotonic() > end:
                self.faults.append(f"{when}: no chain line within {START_SECONDS} s: {status['fault']}")
                return
            time.sleep(0.01)
        words = [self.opsctl, "--socket", self.daemon.socket_path, "--json", "audit", "verify"]
        for anchor in self.random.sample(self.anchors, min(5, len(self.anchors))) + self.anchors[-3:]:
            words.append("--anchor=" + anchor)
        done = subprocess.run(words, capture_output=True, text=True, check=False)
        if done.returncode not in (0, 1):
            self.faults.append(f"{when}: exit {done.returncode}: {done.stderr}")
            return
        report = json.loads(done.stdout)
        if not report["verified"]:
            self.faults.append(f"{when}: {json.dumps(report['misfit'])}")
            return
        self.lost = report["lost_lines"]
        self.faults += [f"{when}: {fault}" for fault in self.ids()]

    def ids(self):
        """Ids that are there twice, there and lost, or neither, up to the last chain line."""
        # Older files went for their size.
        seen, lost, newest = set(), set(), 0
        for name in glob.glob(self.log + "/events.ndjson*"):
            with open(name, "rb") as file:
                text = file.read()
            for line in text[: text.rfind(b"\n") + 1].splitlines():
                row = json.loads(line)
                if "id" in row:
                    if row["id"] in seen:
                        yield f"{row['id']} is there twice"
                    seen.add(row["id"])
                elif row["audit"] == "lines_lost":
                    lost |= set(range(row["from"], row["to"] + 1))
                elif row["audit"] == "chain":
                    newest = max(newest, row["through"])
        both = seen & lost
        neither = set(range(min(seen | lost, default=1), newest + 1)) - seen - lost
        if both:
            yield f"{sorted(both)[:5]} are told to be lost, and there"
        if neither:
            yield f"{sorted(neither)[:5]} ({len(neither)}) are neither there nor told to be lost"

    def end(self):
        self.daemon.kill()
        if self.is_mounted:
            subprocess.run(["umount", self.log], check=False)
        self.daemon.remove()

    def notices(self):
        """The guard's proof."""
        newest = max(glob.glob(self.log + "/events.ndjson*"), key=os.path.getmtime)
        with open(newest, "rb") as file:
            text = file.read()
        found, anchor = [], self.last_anchor()
        for forged in (text[:200] + bytes([text[200] ^ 1]) + text[201:],
                       b"".join(text.splitlines(keepends=True)[:-3])):
            with open(newest, "wb") as file:
                file.write(forged)
            words = [self.opsctl, "audit", "verify", "--dir", self.log, "--anchor", anchor]
            found.append(subprocess.run(words, capture_output=True, check=False).returncode == 1)
        with open(newest, "wb") as file:
            file.write(text)
        return all(found)

    def last_anchor(self):
        best = (0, "")
        for name in glob.glob(self.log + "/events.ndjson*"):
            with open(name, "rb") as file:
                for line in file:
                    if line.startswith(b'{"audit":"chain"'):
                        row = json.loads(line)
                        best = max(best, (row["seq"], row["hash"]))
        return f"{best[0]}:{best[1]}"

    def mount(self):
        """A small file system for the logs, where we may."""
        if self.is_mounted or os.geteuid() != 0:
            return self.is_mounted
        done = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", f"size={FULL_KILOBYTES}k,mode=755", "opsd-audit", self.log],
            capture_output=True, check=False)
        self.is_mounted = done.returncode == 0
        return self.is_mounted


def main():
    opsd, opsctl = map(os.path.abspath, sys.argv[1:3])
    rounds, seed = int(sys.argv[3]), sys.argv[4]
    # One directory for what the disk keeps, another for a disk that is small.
    runs = {"kept": Run(opsd, opsctl, f"{seed} kept"), "small": Run(opsd, opsctl, f"{seed} small")}
    has_small = runs["small"].mount()
    failed = 0
    try:
        for number in range(rounds):
            kind = KINDS[number % len(KINDS)]
            if kind == "full" and not has_small:
                kind = "kill"
            run = runs["small" if kind == "full" else "kept"]
            before = len(run.faults)
            try:
                run.round(kind)
            except (NoStart, OSError) as error:
                run.faults.append(f"round {number}, {kind}: {error}")
                run.daemon.kill()
            if len(run.faults) > before + 20:
                break
        for number, (name, run) in enumerate(runs.items(), 1):
            try:
                run.configure()
                run.daemon.start()
                run.verify("the last start")
                run.daemon.stop()
            except (NoStart, OSError) as error:
                run.faults.append(str(error))
            failed += bool(run.faults)
            kinds = ", ".join(f"{count} {kind}" for kind, count in run.counts.items() if count)
            print(
                f"{'not ok' if run.faults else 'ok'} {number} - {name}: {kinds or 'no round'}; "
                f"{len(run.anchors)} heads, {run.lost} events told to be lost, {len(run.faults)} wrong",
                flush=True)
            for fault in run.faults[:20]:
                print("# " + fault.replace("\n", "\n# "))
        is_good = runs["kept"].notices()
        failed += not is_good
        print(f"{'ok' if is_good else 'not ok'} 3 - a changed byte and a cut end are told")
        print("1..3")
    finally:
        for run in runs.values():
            run.end()
    sys.exit(1 if failed else 0)


main()

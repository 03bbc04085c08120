#!/usr/bin/env python3
"""Power loss: does every state that a power cut may leave start, with all that was acknowledged?

Runs of opsd under load, with snapshots, are recorded by record.so (record.c): each write, sync and change
of names, and each acknowledgement, in one order. disk.py plays a recording to a random moment and builds
a state that a power cut at that moment may leave. opsd must start on it without finding anything damaged,
hold every change that had been acknowledged, and nothing that could not be (model.py). Some runs begin
where such a state left off, so recovery itself is cut short too; half of the starts are on another boot
of the machine, as after a real power cut (in a mount namespace of root's; without one, none is).

Under `everysec` and `no`, which promise less, a change counts as acknowledged when a sync of the log that
began after its acknowledgement has ended.

At the end the guard's proof: recordings that lack the log's fdatasync, the snapshot's fsync, a rename or
the sync of a directory must be found wanting.

usage: power.py OPSD STATES SEED       prints TAP; record.c is compiled with $CC, else cc
"""

import calendar
import copy
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time
import uuid

from address import SOURCES, days_of
from daemon import Daemon, NoStart
from disk import Disk, read_trace
from load import Client, Tally
from model import GRACE_SECONDS, Model, compare_all

CLIENTS = 4
STATES_A_RECORDING = 100
MUTANT_STATES = 400
MUTANT_PASS = 25
MUTANT_RENEWALS = 3
DAY_SECONDS = 86_400
BOOT_ID = "/proc/sys/kernel/random/boot_id"
FIRST_WORDS = re.compile(rb"(?:ban|unban|strike|clear|confirm|success) (10\.\d+\.)")


class Recording:
    """One run of opsd under load: its events, and what its clients asked, in order."""

    def __init__(self, program, recorder, policy, base, models, rng):
        self.policy = policy
        self.base = base
        self.began = time.time()
        server = Daemon(program, policy)
        if os.path.isdir(base + "/state"):
            shutil.copytree(base + "/state", server.state)
        try:
            trace = server.directory + "/trace"
            server.start(LD_PRELOAD=recorder, OPSD_TRACE=trace, OPSD_TRACE_STATE=server.state)
            self.faults = compare_all(models, server.held)
            self.models = [copy.deepcopy(model) for model in models]
            self.asked = self.load(server, models, rng)
            self.events = read_trace(trace, server.directory)
        finally:
            server.remove()
        self.faults += [f"the call {e.path} failed, errno {e.a}" for e in self.events if e.kind == "!"]

    def load(self, server, models, rng):
        """Clients at work and snapshots now and then; all requests of each, in order."""
        tally = Tally()
        count = rng.randint(150, 700)
        for model in models:
            model.asked = []
        clients = [Client(server, model, tally, limit=count) for model in models]
        for client in clients:
            client.start()
        for mark in sorted(rng.randint(1, CLIENTS * count) for _ in range(rng.randint(3, 6))):
            tally.wait(mark)
            server.snapshot()
            if self.policy != "always":
                time.sleep(0.4)  # for its syncs of each second
        for client in clients:
            client.join()
            self.faults += client.faults
        server.stop()
        return [model.asked for model in models]


class Player:
    """A recording played event by event: the disk, and what the clients had heard."""

    def __init__(self, recording, keeps=lambda event: True):
        self.recording = recording
        self.disk = Disk(recording.base)
        self.keeps = keeps
        self.at = 0
        self.connections = {}
        self.heard = [0] * CLIENTS
        self.received = [0] * CLIENTS
        self.safe = [0] * CLIENTS
        self.syncs = {}

    def play(self, until):
        while self.at < until:
            event = self.recording.events[self.at]
            if event.kind in ")><x":
                self.listen(event)
            elif self.keeps(event):
                self.note_sync(event)
                self.disk.perform(self.at, event)
            else:
                self.disk.leave_out(event)
            self.at += 1

    def listen(self, event):
        """A byte stream is counted in lines: requests that came, replies that were on their way."""
        fd = event.fd
        if event.kind == "x":
            self.connections.pop(fd, None)
        elif event.kind == ")" and fd not in self.connections:
            match = FIRST_WORDS.match(event.bytes)
            if match:
                number = int(match[1].split(b".")[1])
                self.connections[fd] = [number, 0, b""]
        if fd not in self.connections:
            return
        number, sent, offered = self.connections[fd]
        if event.kind == ")":
            self.received[number] += event.bytes.count(b"\n")
        elif event.kind == ">":
            self.connections[fd][2] = event.bytes
            self.heard[number] = max(self.heard[number], sent + event.bytes.count(b"\n"))
        elif event.kind == "<":
            self.connections[fd][1] = sent + offered[: event.a].count(b"\n")

    def note_sync(self, event):
        if not event.path.endswith(".wal"):
            return
        if event.kind == "S":
            self.syncs[event.a] = list(self.heard)
        elif event.kind == "E":
            self.safe = self.syncs.pop(event.a, self.safe)

    def expectation(self):
        """The models as of now."""
        floor = self.heard if self.recording.policy == "always" else self.safe
        models = []
        for number, model in enumerate(self.recording.models):
            model = model.copy()
            asked = self.recording.asked[number]
            model.open = asked[: floor[number]]
            model.accept_all()
            model.open = asked[floor[number] : self.received[number]]
            models.append(model)
        return models


class Judge:
    """Starts opsd on states, one after another, in one directory in memory."""

    def __init__(self, program, rng):
        memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
        self.server = Daemon(program, directory=tempfile.mkdtemp(prefix="opsd-power-", dir=memory))
        self.random = rng
        self.boot_ids = OtherBoots()
        self.judged = 0

    def build(self, player):
        """A state as a power cut now may leave it."""
        shutil.rmtree(self.server.state, ignore_errors=True)
        player.disk.lose_power(self.random, self.server.directory)

    def judge(self, player):
        """Builds a state and starts on it; what is wrong with it."""
        self.build(player)
        self.boot_ids.choose(self.random)
        models = player.expectation()
        self.judged += 1
        try:
            self.server.start()
            faults = self.compare(models, player)
            if not faults and self.random.random() < 0.1:
                faults = self.go_on(models)
        except (NoStart, OSError) as error:
            faults = [str(error)]
        finally:
            self.server.kill()
        return faults

    def compare(self, models, player):
        faults = compare_all(models, self.server.held)
        if not player.recording.base:
            rows = [row for source in SOURCES for row in self.server.rows("bans", f" source={source}")]
            for term in {(row["expires"], days_of_row(row)) for row in rows}:
                ends = calendar.timegm(time.strptime(term[0], "%Y-%m-%dT%H:%M:%SZ"))
                least = player.recording.began + term[1] * DAY_SECONDS
                if not least - 3 <= ends <= time.time() + term[1] * DAY_SECONDS + 3:
                    faults.append(f"a ban of {term[1]} days ends {term[0]}")
        faults += [line for line in self.server.words().splitlines() if "damaged" in line]
        return faults

    def go_on(self, models):
        """It works on what it found: a few changes, kill -9, and another start."""
        clients = [Client(self.server, model, Tally(), limit=10) for model in models]
        for client in clients:
            client.run()
        self.server.kill()
        self.server.start()
        faults = compare_all(models, self.server.held)
        return ["after one start more: " + fault for fault in faults]

    def end(self):
        self.server.remove()
        self.boot_ids.remove()


class OtherBoots:
    """Lets opsd see another boot id, where there is a mount namespace for it."""

    def __init__(self):
        self.file = None
        if os.environ.get("OPSD_POWER_NAMESPACE"):
            with open(BOOT_ID) as file:
                self.real = file.read()
            self.file = tempfile.NamedTemporaryFile("w", prefix="opsd-boot-")
            self.write(self.real)
            done = subprocess.run(["mount", "--bind", self.file.name, BOOT_ID], check=False)
            if done.returncode != 0:
                self.file = None

    def write(self, text):
        self.file.seek(0)
        self.file.write(text)
        self.file.flush()

    def choose(self, rng):
        if self.file:
            other = str(uuid.UUID(int=rng.getrandbits(128), version=4)) + "\n"
            self.write(rng.choice((self.real, other)))

    def remove(self):
        if self.file:
            subprocess.run(["umount", BOOT_ID], check=False)


def days_of_row(row):
    return days_of((row["reason"], row.get("unconfirmed", False)))


def moments(events, count, rng):
    """Where the power goes: half anywhere, half beside a sync or a change of names."""
    turns = [n for n, event in enumerate(events) if event.kind in "SERLUCM"]
    chosen = [rng.randint(0, len(events)) for _ in range(count - count // 2)]
    chosen += [rng.choice(turns) + rng.randint(0, 2) for _ in range(count // 2)]
    return sorted(min(n, len(events)) for n in chosen)


def compile_recorder(scratch):
    source = os.path.join(os.path.dirname(os.path.abspath(__file__)), "record.c")
    compiler = os.environ.get("CC", "cc")
    recorder = scratch + "/record.so"
    command = [compiler, "-O2", "-Wall", "-shared", "-fPIC", "-o", recorder, source, "-ldl"]
    subprocess.run(command, check=True)
    return recorder


def wait_for_fleeting():
    """Bans of a second or two are over before anything is judged."""
    time.sleep(2 + 2 * GRACE_SECONDS)


def record_all(program, recorder, count, rng, scratch):
    """The recordings: three of five under `always`; most begin where one before was cut."""
    recordings, bases = [], [""]
    models = {"": [Model(number, rng.random()) for number in range(CLIENTS)]}
    for number in range(count):
        policy = ("always", "always", "everysec", "always", "no")[number % 5]
        base = bases[-1] if number % 4 else ""
        working = [copy.deepcopy(model) for model in models[base]]
        recording = Recording(program, recorder, policy, base, working, rng)
        recordings.append(recording)
        player = Player(recording)
        player.play(rng.randint(len(recording.events) // 2, len(recording.events)))
        base = f"{scratch}/{number}"
        player.disk.lose_power(rng, base)
        bases.append(base)
        models[base] = player.expectation()
    return recordings


def is_sync(event, ending):
    return event.kind in "SE" and event.path.endswith(ending)


class BehindASnapshot:
    """Leaves out the syncs of the state directory that make a snapshot's names durable."""

    def __init__(self):
        self.is_renamed = False

    def __call__(self, event):
        self.is_renamed |= event.kind == "R" and "/snapshot." in event.path
        return not (self.is_renamed and is_sync(event, "state"))


# What makes what durable; each gives a filter that leaves its events out.
MUTANTS = {
    "the log's fdatasync": lambda: lambda e: not is_sync(e, ".wal"),
    "the fsync of a segment's header": lambda: lambda e: not is_sync(e, ".wal.new"),
    "the snapshot's fsync": lambda: lambda e: not (e.kind in "SE" and "/snapshot." in e.path),
    "the rename of a segment": lambda: lambda e: not (e.kind == "R" and ".wal" in e.path),
    "the rename of a snapshot": lambda: lambda e: not (e.kind == "R" and "/snapshot." in e.path),
    "the fsync of wal/ behind a segment": lambda: lambda e: not is_sync(e, "/wal"),
    "the fsync of the directory behind a snapshot": BehindASnapshot,
    "the fsync behind the state directory's name": lambda: lambda e: e.kind not in "SE" or e.path,
}


class Report:
    """TAP."""

    def __init__(self):
        self.count = 0
        self.failed = 0

    def tell(self, is_good, what, faults=()):
        self.count += 1
        self.failed += not is_good
        print(f"{'ok' if is_good else 'not ok'} {self.count} - {what}", flush=True)
        for fault in list(faults)[:20]:
            print("# " + fault.replace("\n", "\n# "))


def judge_states(recordings, states, judge, rng, report):
    for policy in ("always", "everysec", "no"):
        chosen = [r for r in recordings if r.policy == policy]
        faults, judged = [], 0
        for number, recording in enumerate(chosen):
            faults += recording.faults
            share = states * len(chosen) // len(recordings)
            share = share * (number + 1) // len(chosen) - share * number // len(chosen)
            player = Player(recording)
            for moment in moments(recording.events, share, rng):
                player.play(moment)
                found = judge.judge(player)
                judged += 1
                faults += [f"recording {number}, event {moment}: {fault}" for fault in found]
        what = f"fsync {policy}: {judged} states of {len(chosen)} runs, {len(faults)} wrong"
        report.tell(not faults and judged > 0, what, faults)


def judge_mutants(recordings, judge, rng, report, record_more):
    """Each guard left out must be noticed.  A recording may hold too few snapshots for that."""
    chosen = [r for r in recordings if r.policy == "always"][:3]
    for name, leaves_out in MUTANTS.items():
        tried, wrong, renewals = 0, None, 0
        while not wrong and (tried < MUTANT_STATES or renewals < MUTANT_RENEWALS):
            if tried >= MUTANT_STATES:
                tried, renewals = 0, renewals + 1
                chosen = [r for r in record_more() if r.policy == "always"][:3]
            recording = chosen[tried // MUTANT_PASS % len(chosen)]
            player = Player(recording, leaves_out())
            for moment in moments(recording.events, MUTANT_PASS, rng):
                player.play(moment)
                tried += 1
                wrong = judge.judge(player)
                if wrong:
                    break
        report.tell(bool(wrong), f"without {name} it goes wrong (state {tried})")
        if wrong:
            print("#   " + wrong[0].splitlines()[0][:160])


def main():
    program, states, seed = os.path.abspath(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
    rng = random.Random(f"{seed} power")
    scratch = tempfile.mkdtemp(prefix="opsd-power-")
    report = Report()
    judge = Judge(program, rng)
    try:
        recorder = compile_recorder(scratch)
        count = max(5, states // STATES_A_RECORDING)
        recordings = record_all(program, recorder, count, rng, scratch)
        wait_for_fleeting()
        judge_states(recordings, states, judge, rng, report)

        def record_more():
            place = tempfile.mkdtemp(prefix="more-", dir=scratch)
            found = record_all(program, recorder, 5, rng, place)
            wait_for_fleeting()
            return found

        judge_mutants(recordings, judge, rng, report, record_more)
    finally:
        judge.end()
        shutil.rmtree(scratch, ignore_errors=True)
    if judge.boot_ids.file is None:
        print("# every start was on the same boot: a mount namespace needs root")
    print(f"1..{report.count}")
    sys.exit(1 if report.failed else 0)


def enter_namespace():
    """Once more in a mount namespace, where that is available."""
    if os.geteuid() == 0 and not os.environ.get("OPSD_POWER_NAMESPACE"):
        probe = subprocess.run(["unshare", "--mount", "true"], check=False, capture_output=True)
        if probe.returncode == 0:
            os.environ["OPSD_POWER_NAMESPACE"] = "1"
            os.execvp("unshare", ["unshare", "--mount", sys.executable, *sys.argv])


enter_namespace()
main()

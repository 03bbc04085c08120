#!/usr/bin/env python3
"""kill -9 at random moments, under load: is what was acknowledged still true?

Four clients change addresses of their own as fast as they can, pipelined (model.py has the mix: bans,
unbans, strikes, places, clears, expiries). SIGKILL hits the daemon at random: while it works, while it takes a
snapshot and changes segments, and, every fourth round, once or more while it starts. Then it must start,
and hold what the clients were told and nothing else. The policies of `store.fsync` take turns, each with
a directory of its own, for `kill -9` may take nothing back under any.

usage: kill.py OPSD ROUNDS SEED       ROUNDS in all; prints TAP
"""

import os
import random
import sys
import time

from daemon import Daemon, NoStart
from load import Client, Tally
from model import Model, compare_all

CLIENTS = 4
POLICIES = ("always", "everysec", "no")
RATE = 1_000  # changes a second, at least


class Run:
    """One policy: a directory, a daemon in it, and what the clients know."""

    def __init__(self, program, policy, seed):
        self.daemon = Daemon(program, policy)
        self.random = random.Random(seed)
        self.models = [Model(number, self.random.random()) for number in range(CLIENTS)]
        self.acknowledged = 0
        self.loaded_seconds = 0.0
        self.rounds = 0
        self.interrupted_starts = 0
        self.faults = []

    def start(self):
        if self.rounds % 4 == 3:
            for _ in range(self.random.randint(1, 3)):
                self.daemon.spawn()
                time.sleep(self.random.uniform(0.0, 0.04))  # anywhere in a start
                self.daemon.kill()
                self.interrupted_starts += 1
        self.daemon.start()

    def check(self):
        self.faults += compare_all(self.models, self.daemon.held)

    def load(self):
        """Clients at work, snapshots at random, SIGKILL at random."""
        tally = Tally()
        clients = [Client(self.daemon, model, tally) for model in self.models]
        began = time.monotonic()
        for client in clients:
            client.start()
        marks = sorted(self.random.randint(1, 2_000) for _ in range(self.random.randint(1, 4)))
        for mark in marks[:-1]:
            tally.wait(mark)
            self.daemon.snapshot()
        tally.wait(marks[-1])
        time.sleep(self.random.choice((0, self.random.uniform(0, 0.03))))
        self.daemon.kill()
        self.loaded_seconds += time.monotonic() - began
        for client in clients:
            client.join()
            self.faults += client.faults
        self.acknowledged += tally.count

    def round(self):
        """One kill; False when going on is of no use."""
        try:
            self.start()
            self.check()
            self.load()
        except (NoStart, OSError) as error:
            self.faults.append(f"round {self.rounds}: {error}")
            return False
        self.rounds += 1
        return True

    def end(self):
        """What the last kill left, and a good end."""
        try:
            self.daemon.start()
            self.check()
            if self.daemon.stop() != 0:
                self.faults.append("it did not stop in good order")
        except NoStart as error:
            self.faults.append(str(error))


def notices_a_loss(program, seed):
    """The guard's proof: a log that lost acknowledged records must be told from a good one."""
    run = Run(program, "always", seed)
    try:
        run.round()
        wal = run.daemon.state + "/wal/"
        with open(wal + max(os.listdir(wal)), "r+b") as log:
            length = len(log.read().rstrip(b"\0"))
            log.truncate(length * 3 // 4)
        run.daemon.start()
        run.check()
        return len(run.faults) > 0
    except NoStart:
        # A snapshot that needs what was cut away: the daemon itself has noticed.
        return True
    finally:
        run.daemon.remove()


def main():
    program, rounds, seed = os.path.abspath(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    runs = [Run(program, policy, f"{seed} {policy}") for policy in POLICIES]
    alive = list(runs)
    for number in range(rounds):
        run = runs[number % len(runs)]
        if run in alive and not run.round():
            alive.remove(run)
    failed = 0
    for number, (policy, run) in enumerate(zip(POLICIES, runs), 1):
        run.end()
        run.daemon.remove()
        rate = run.acknowledged / max(run.loaded_seconds, 0.001)
        is_good = run in alive and not run.faults and rate >= RATE
        failed += not is_good
        print(
            f"{'ok' if is_good else 'not ok'} {number} - fsync {policy}: {run.rounds} kills, "
            f"{run.interrupted_starts} more in starts, {run.acknowledged} acknowledged, "
            f"{rate:.0f} a second, {len(run.faults)} wrong",
            flush=True,
        )
        for fault in run.faults[:20]:
            print("# " + fault.replace("\n", "\n# "))
    is_good = notices_a_loss(program, f"{seed} loss")
    failed += not is_good
    print(f"{'ok' if is_good else 'not ok'} {len(runs) + 1} - a tampered log is noticed")
    print(f"1..{len(runs) + 1}")
    sys.exit(1 if failed else 0)


main()

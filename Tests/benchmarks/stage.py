"""Where the figures are played: the programs, the sizes, a directory a figure, and prepared states.

A state of a million bans takes seconds to make, so it is made once and copied for each run.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import time

from addresses import fillOpsd, fillRedis
from load import opsbench
from opsd import Opsd
from redis import Redis

HERE = os.path.dirname(os.path.abspath(__file__))
MAX_TRACKED = 16_777_216
QUICK = 100


class Stage:
    def __init__(self, binaries, directory, runs, isQuick):
        self.binaries, self.runs, self.isQuick = binaries, runs, isQuick
        self.directory = tempfile.mkdtemp(prefix="opsd-bench.", dir=directory)
        self.made = {}
        self.serial = 0

    def close(self):
        shutil.rmtree(self.directory, ignore_errors=True)

    def program(self, name):
        return os.path.join(self.binaries, name)

    def size(self, count, least=1):
        """`count`, or a hundredth of it when only the bench itself is tried."""
        return max(least, count // QUICK) if self.isQuick else count

    def seconds(self, count, least=2):
        """A length of time, a tenth of it when only the bench itself is tried."""
        return max(least, count // 10) if self.isQuick else count

    def say(self, words):
        print(f"  {words}", file=sys.stderr, flush=True)

    def fresh(self, name):
        """A new directory; what it was called before is gone."""
        self.serial += 1
        path = f"{self.directory}/{name}-{self.serial}"
        os.makedirs(path)
        return path

    def drop(self, path):
        shutil.rmtree(path, ignore_errors=True)

    def settle(self):
        """What was written before is on the disk before the next thing is timed."""
        os.sync()
        time.sleep(0.0 if self.isQuick else 1.0)

    def alternate(self, ours, theirs):
        """Runs pairs, opsd first in every other; yields what the two gave."""
        for run in range(self.runs):
            self.settle()
            if run % 2 == 0:
                first = ours()
                self.settle()
                yield first, theirs()
            else:
                first = theirs()
                self.settle()
                yield ours(), first

    # Servers.

    def opsd(self, name, directory=None, **sections):
        sections.setdefault("guard", {}).setdefault("max_tracked", MAX_TRACKED)
        # What is measured here is no reason to drop anybody's packets.
        sections.setdefault("enforce", {}).setdefault("mode", "none")
        return Opsd(self.program("opsd"), directory or self.fresh(name), **sections)

    def redis(self, name, directory=None, **options):
        return Redis(directory or self.fresh(name), **options)

    def stateOf(self, count):
        """A directory with a state of `count` bans, all of it in a snapshot; to be copied."""
        key = ("opsd", count)
        if key not in self.made:
            self.say(f"preparing a state of {count} bans")
            daemon = self.opsd("prepared", store={"fsync": "no"})
            with daemon:
                fillOpsd(daemon.socket, count)
                daemon.snapshot()
            shutil.rmtree(daemon.directory + "/log", ignore_errors=True)
            self.made[key] = daemon.directory
        return self.made[key]

    def opsdWith(self, count, name, **sections):
        """opsd, not started, with a copy of that state."""
        directory = self.fresh(name)
        shutil.copytree(self.stateOf(count) + "/state", directory + "/state")
        return self.opsd(name, directory, **sections)

    def redisWith(self, count, name, **options):
        """Redis, running, with as many keys."""
        server = self.redis(name, **options)
        server.start()
        fillRedis(server.socket, count)
        return server

    def load(self, workload, socket, **shape):
        return opsbench(self, workload, socket, **shape)

    def compile(self, source):
        """A C program of this directory."""
        program = f"{self.directory}/{os.path.splitext(source)[0]}"
        if not os.path.exists(program):
            subprocess.run(
                ["gcc", "-O2", "-Wall", "-Wextra", "-o", program, f"{HERE}/{source}"], check=True
            )
        return program

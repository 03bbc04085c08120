"""Figure 18: work: how fast it is made and ended, and what it costs in memory.

In the engine: `workbench` (Tests/workbench) puts items with payloads of 512 bytes, takes, begins and ends
them, with the real log, every record synced; once with nothing else open, once beside 8,900 others.
Over the socket: the same items, put beforehand, are taken, begun and ended by `worker.c`, three requests
each, on one connection and on sixteen. Memory is a fresh opsd against one that has started with 10,000
open items, both with a snapshot behind them.
"""

import json
import subprocess
import time

from measure import Row, reaches, within

ITEMS = 200_000
OPEN = 10_000
BESIDE = 8_900
MEGABYTE = 1e6


def workbench(stage, what, directory, count):
    done = subprocess.run(
        [stage.program("workbench"), what, directory, str(count)], capture_output=True, text=True, timeout=600
    )
    if done.returncode:
        raise OSError(done.stderr[-500:])
    return json.loads(done.stdout)


def run(stage):
    alone = Row(18, "work made, taken, begun, done, fsync always", "/s", target=reaches(20_000, "/s"))
    beside = Row(18, "same, 8,900 other items open", "/s", target=reaches(20_000, "/s"))
    one = Row(18, "taken, begun, done over the socket, 1 connection", "/s")
    many = Row(18, "same, 16 connections", "/s")
    size = Row(18, "resident, 10k open items of 512 bytes", "MB", peerName="no items")
    grown = Row(18, "same, what the items take", "MB", target=within(12, "MB"))
    for _ in range(stage.runs):
        alone.add(engine(stage, 0))
        beside.add(engine(stage, BESIDE))
        filled, empty = resident(stage, OPEN), resident(stage, 0)
        size.add(filled / MEGABYTE, empty / MEGABYTE)
        grown.add((filled - empty) / MEGABYTE)
        one.add(overTheSocket(stage, 1))
        many.add(overTheSocket(stage, 16))
    return [alone, beside, one, many, size, grown]


def engine(stage, others):
    """Items a second."""
    directory = stage.fresh("work")
    if others:
        workbench(stage, "fill", directory + "/state", others)
    stage.settle()
    found = workbench(stage, "run", directory + "/state", stage.size(ITEMS))
    stage.drop(directory)
    if found["open"] != others:
        raise ValueError(f"{found['open']} items are open, expected {others}")
    return found["ended"] / found["seconds"]


def opsd(stage, count):
    """opsd, not started, with so many open items and a channel that nobody serves."""
    directory = stage.fresh("work")
    if count:
        workbench(stage, "fill", directory + "/state", count)
    channel = {"kind": "file", "path": directory + "/pages"}
    rules = {"no_worker": "off"}
    return stage.opsd("work", directory, **{"pager.channel.bench": channel, "incidents.rules": rules})


def resident(stage, count):
    """Bytes of an opsd that has started from a snapshot."""
    daemon = opsd(stage, count)
    with daemon:
        daemon.snapshot()
        daemon.stop()
        daemon.start()
        time.sleep(3)
        found = daemon.residentBytes
    stage.drop(daemon.directory)
    return found


def overTheSocket(stage, connections):
    """Items a second."""
    count = OPEN - 100
    with opsd(stage, OPEN) as daemon:
        done = subprocess.run(
            [stage.compile("worker.c"), daemon.socket, "page/bench", str(connections), str(count)],
            capture_output=True, text=True, timeout=120,
        )
    stage.drop(daemon.directory)
    if done.returncode:
        raise OSError(done.stderr[-500:])
    ended, nanoseconds = map(int, done.stdout.split())
    return ended / (nanoseconds / 1e9)

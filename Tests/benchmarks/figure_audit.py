"""Figure 20: the chain of events.ndjson: what it costs to write, and how fast it is verified.

  writing    CPU of the thread opsd-trail for 100,000 events, a second of a flood of bans; with
             BENCH_BASE=DIR beside the opsd in DIR, which may be one without the chain
  bytes      what the chain lines are of all bytes
  verifying  bytes a second of `opsctl audit verify` over the files, beside sha256sum over the same

The files are in the page cache for both. Times of reading are CPU time, user and system.
"""

import glob
import os
import resource
import subprocess
import time

from measure import Row, atLeast, within
from opsd import Opsd
from stage import MAX_TRACKED

EVENTS = 2_000_000
A_SECOND = 100_000


def trailSeconds(pid):
    """CPU of the trail thread so far; None: it has ended."""
    for task in glob.glob(f"/proc/{pid}/task/*"):
        try:
            with open(task + "/comm") as file:
                if file.read().strip() == "opsd-trail":
                    with open(task + "/schedstat") as stat:
                        return int(stat.read().split()[0]) / 1e9
        except OSError:
            pass
    return None


def files(directory):
    return sorted(glob.glob(directory + "/log/events.ndjson*"))


def counted(directory):
    """Events and bytes in the files, and bytes of chain lines."""
    events = size = chained = 0
    for name in files(directory):
        with open(name, "rb") as file:
            for line in file:
                size += len(line)
                if line.startswith(b'{"audit":"'):
                    chained += len(line)
                else:
                    events += 1
    return events, size, chained


def flood(stage, program):
    """CPU of the trail thread a hundred thousand events, the share of the chain, and the directory."""
    daemon = Opsd(
        program, stage.fresh("audit"), store={"fsync": "everysec"}, enforce={"mode": "none"},
        guard={"max_tracked": MAX_TRACKED})
    with daemon:
        shape = {"requests": stage.size(EVENTS, least=20_000), "connections": 50, "pipeline": 16}
        found = stage.load("ban", daemon.socket, keys=1_000_000, **shape)
        # The thread ends half a second after its last line.
        seconds = trailSeconds(daemon.process.pid)
        time.sleep(1)
    events, size, chained = counted(daemon.directory)
    stage.say(f"{events} events in the files, {found.rate:.0f} bans a second")
    return seconds / events * A_SECOND * 100, chained / size * 100, daemon.directory


def spent(words):
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(words, check=True, stdout=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def run(stage):
    base = os.environ.get("BENCH_BASE")
    writing = Row(
        20, "trail thread at 100,000 events/s", " % of a core", peerName="without the chain" if base else "",
        target=None)
    bytesRow = Row(20, "chain lines of all bytes", " %", target=within(2, " %"))
    verifying = Row(
        20, "audit verify, bytes", " MB/s", peerName="sha256sum", target=atLeast(0.5))
    for _ in range(stage.runs):
        stage.settle()
        own, share, directory = flood(stage, stage.program("opsd"))
        peer = None
        if base:
            stage.settle()
            peer, _, other = flood(stage, os.path.join(base, "opsd"))
            stage.drop(other)
        writing.add(own, peer)
        bytesRow.add(share)
        size = sum(os.path.getsize(name) for name in files(directory)) / 1e6
        ours = spent([stage.program("opsctl"), "audit", "verify", "--dir", directory + "/log"])
        theirs = spent(["sha256sum", *files(directory)])
        verifying.add(size / ours, size / theirs)
        stage.drop(directory)
    return [writing, bytesRow, verifying]

"""Figure 10: the CPU of one sample of the system, without the process scan, beside the bare reads.

Two daemons idle side by side, one that samples ten times a second and one that does once a minute; the
difference of their CPU over the same seconds is what the samples cost, everything that follows from
one included: parsing, health, history. The process scan and the mounts are an hour away in both.

The floor (floor.c) reads the same files, which are found among the first daemon's descriptors, at the
same pace and at the same time. All three wake up for a round, so all find the caches as cold.
"""

import os
import subprocess
import time

from measure import Row, atMost

PERIOD_MS = 100
SECONDS = 30
HOUR = {"processes": "1h", "mounts": "1h", "trail_interval": "1d"}


def filesOf(daemon):
    """What it keeps open of /proc, as the floor would name it."""
    place, found = f"/proc/{daemon.pid}/fd", []
    for number in os.listdir(place):
        path = os.readlink(f"{place}/{number}")
        if path.startswith("/proc/"):
            found.append(path.replace(f"/proc/{daemon.pid}/", "/proc/self/"))
    return sorted(found)


def run(stage):
    row = Row(
        10, "one sample of the system, CPU", "us", peerName="bare reads, C", target=atMost(2.0)
    )
    floor = stage.compile("floor.c")
    seconds = stage.seconds(SECONDS)
    rounds = seconds * 1000 // PERIOD_MS
    often = stage.opsd("probe", probe={"interval": f"{PERIOD_MS}ms", **HOUR})
    seldom = stage.opsd("probe", probe={"interval": "1m", **HOUR})
    with often, seldom:
        time.sleep(3)  # what a start leaves to do
        files = filesOf(often)
        stage.say(f"reads {' '.join(files)}")
        for _ in range(stage.runs):
            before = often.cpuSeconds, seldom.cpuSeconds
            bare = subprocess.run(
                [floor, str(PERIOD_MS), str(rounds), *files], check=True, capture_output=True
            )
            after = often.cpuSeconds, seldom.cpuSeconds
            cost = (after[0] - before[0]) - (after[1] - before[1])
            row.add(cost / rounds * 1e6, int(bare.stdout) / 1e3)
    return [row]

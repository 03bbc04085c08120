"""Figure 7: what a million bans take in memory, at rest and while a snapshot is written.

opsd keeps reason, source and expiry of each; Redis has a key with an expiry. Both are filled over
their sockets. The peak of opsd is the kernel's high-water mark; Redis forks, so its peak is the
parent's resident set and what the child has for itself, looked at all the time until it ends.
Nothing is written to Redis meanwhile: a write would copy a page.
"""

import time

from addresses import fillOpsd
from measure import Row, atMost

BANS = 1_000_000
MEGABYTE = 1e6


def run(stage):
    count = stage.size(BANS)
    rest = Row(7, "resident set, 1M bans", "MB", peerName="Redis SET EX", target=atMost(0.55))
    peak = Row(7, "same, peak of a snapshot", "MB", peerName="Redis BGSAVE", target=atMost(0.65))
    again = Row(7, "resident set after a restart", "MB", peerName="Redis SET EX")

    def ours():
        with stage.opsd("memory") as daemon:
            fillOpsd(daemon.socket, count)
            daemon.snapshot()
            time.sleep(3)
            atRest = daemon.residentBytes
            daemon.forgetPeak()
            daemon.snapshot()
            most = daemon.peakBytes
            daemon.stop()
            daemon.start()
            time.sleep(3)
            found = atRest, most, daemon.residentBytes
        stage.drop(daemon.directory)
        return [value / MEGABYTE for value in found]

    def theirs():
        with stage.redisWith(count, "redis") as server:
            server.backgroundSave()
            time.sleep(3)
            atRest = server.residentBytes
            most = server.peakOfSave()
            server.stop()
            server.start()
            time.sleep(3)
            found = atRest, most, server.residentBytes
        stage.drop(server.directory)
        return [value / MEGABYTE for value in found]

    for pair in stage.alternate(ours, theirs):
        for row, own, peer in zip((rest, peak, again), *pair):
            row.add(own, peer)
    return [rest, peak, again]

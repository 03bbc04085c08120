"""Figure 8: from exec to READY with a million bans, from a snapshot and from the log alone.

READY is READY=1 on the notify socket; Redis is ready when PING is no longer answered by -LOADING. The
files are in the page cache in both.

A million bans in the log alone is something opsd does not come to by itself: it takes a snapshot when
the log has grown by half of the last one. The segments are therefore kept by a second name each while
the table is filled, and put together without a snapshot. Redis's log is one of SET ... PXAT, as it
writes it, with rewriting off.
"""

import os
import shutil
import threading
import time

from addresses import fillOpsd, fillRedis
from measure import Row, atMost

BANS = 1_000_000


class SegmentKeeper(threading.Thread):
    """Gives every log segment a second name before opsd removes the first."""

    def __init__(self, log, kept):
        super().__init__(daemon=True)
        self.log, self.kept = log, kept
        self.isEnding = False

    def run(self):
        while not self.isEnding:
            self.keep()
            time.sleep(0.005)
        self.keep()

    def keep(self):
        for name in os.listdir(self.log):
            try:
                os.link(f"{self.log}/{name}", f"{self.kept}/{name}")
            except (FileExistsError, FileNotFoundError):
                continue


def logOnly(stage, count):
    """A state directory with `count` bans, without a snapshot."""
    kept = stage.fresh("log-only")
    os.makedirs(kept + "/state/wal")
    daemon = stage.opsd("log-maker", store={"fsync": "no"})
    daemon.start()
    keeper = SegmentKeeper(daemon.directory + "/state/wal", kept + "/state/wal")
    keeper.start()
    fillOpsd(daemon.socket, count)
    daemon.kill()
    keeper.isEnding = True
    keeper.join()
    # A second name is the same file: a start appends to the last segment.
    for name in os.listdir(kept + "/state/wal"):
        os.rename(f"{kept}/state/wal/{name}", f"{kept}/{name}")
        shutil.copyfile(f"{kept}/{name}", f"{kept}/state/wal/{name}")
        os.remove(f"{kept}/{name}")
    stage.drop(daemon.directory)
    return kept


def timed(server, directory, count, held):
    """Seconds to READY; then it is killed, and must have held all."""
    server.start()
    seconds = server.readySeconds
    found = held(server)
    server.kill()
    if found != count:
        raise ValueError(f"{server.words[0]} came up with {found} of {count}")
    shutil.rmtree(directory)
    return seconds


def bansOf(daemon):
    return daemon.ask("guard stats")["active_bans"]


def keysOf(server):
    return int(server.ask("DBSIZE").lstrip(b":"))


def run(stage):
    count = stage.size(BANS)
    rows = [
        Row(8, "restart to READY, 1M bans, snapshot", "s", peerName="Redis RDB", target=atMost(0.5)),
        Row(8, "same, in the log only", "s", peerName="Redis AOF", target=atMost(0.7)),
    ]
    with stage.redisWith(count, "rdb-maker") as server:
        server.backgroundSave()
        dump = server.directory
    aof = {"appendfsync": "no", "auto_aof_rewrite_percentage": 0}
    with stage.redisWith(count, "aof-maker", **aof) as server:
        log = server.directory

    def opsdFrom(source):
        directory = stage.fresh("restart")
        shutil.copytree(source + "/state", directory + "/state")
        return timed(stage.opsd("restart", directory), directory, count, bansOf)

    def redisFrom(source, **options):
        directory = stage.fresh("restart")
        shutil.copytree(source, directory, dirs_exist_ok=True, ignore=shutil.ignore_patterns("*.sock"))
        return timed(stage.redis("restart", directory, **options), directory, count, keysOf)

    segments = logOnly(stage, count)
    ways = [
        (rows[0], lambda: opsdFrom(stage.stateOf(count)), lambda: redisFrom(dump)),
        (rows[1], lambda: opsdFrom(segments), lambda: redisFrom(log, **aof)),
    ]
    for row, ours, theirs in ways:
        for own, peer in stage.alternate(ours, theirs):
            row.add(own, peer)
    for directory in (dump, log, segments):
        stage.drop(directory)
    return rows

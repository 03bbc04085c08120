"""Figure 9: how long anybody waits at worst: for a ping, which no log holds up, and for a durable ban.

Pings come a thousand a second on a connection of their own; a reply counts from when its request was
due, so a stall costs all that fell due in it. Beside them come bans at a steady pace that leaves each
server room: a stall, not a queue, is looked for. Meanwhile

  snapshot   a snapshot of a million bans is written, and another as soon as it is done
  expiry     a million bans end in one instant
  control    another program writes as many bytes as often, and syncs them; no snapshot

Redis does BGSAVE again and again under the same bans, in its kindest form: no log, so no change waits
for the disk; and once more with a log synced for each change, as opsd's bans are.

CPU of a turn is what opsd says of itself (status, own.turn_max_ms; see Sources/OpsDaemon/TurnClock.swift).
"""

import subprocess
import sys
import threading
import time
from datetime import datetime, timezone

from addresses import fillOpsd, fillRedis
from load import Running
from measure import Row, atMost, within
from stage import HERE

BANS = 1_000_000
SECONDS = 20
PING_RATE = 1_000
BAN_RATE = 5_000
# Long enough to fill the table and to be listening before they end.
LEAD_SECONDS = 40
SET = ["SET ban:{ip} 1 EX 600"]


class Repeated(threading.Thread):
    """Does a thing again and again until the block ends; `times` is how often."""

    def __init__(self, action):
        super().__init__(daemon=True)
        self.action, self.isEnding, self.times = action, False, 0
        self.seconds = 0.0

    def run(self):
        began = time.monotonic()
        while not self.isEnding:
            self.action()
            self.times += 1
        self.seconds = (time.monotonic() - began) / self.times

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *fault):
        self.isEnding = True
        self.join()


def listen(stage, socket, ping, ban, seconds):
    """What pings and bans took over these seconds."""
    bans = Running(
        stage, ban, socket, requests=BAN_RATE * seconds, connections=50, keys=1_000_000, rate=BAN_RATE
    )
    try:
        pings = Running(
            stage, ping, socket, requests=PING_RATE * seconds, connections=1, pipeline=1000,
            rate=PING_RATE,
        )
        return pings.result(), bans.result()
    finally:
        bans.end()


class Trial:
    """The scenes of one run, each with a server of its own."""

    def __init__(self, stage):
        self.stage = stage
        self.count = stage.size(BANS)
        self.seconds = stage.seconds(SECONDS)

    def listen(self, daemon):
        return listen(self.stage, daemon.socket, "ping", "ban", self.seconds)

    def turn(self, daemon):
        return daemon.status()["own"]["turn_max_ms"]

    def snapshot(self):
        """Pings, bans, CPU of a turn; and what the control needs: bytes and seconds a snapshot."""
        daemon = self.stage.opsdWith(self.count, "stall")
        with daemon:
            time.sleep(3)
            with Repeated(daemon.snapshot) as saving:
                pings, bans = self.listen(daemon)
            turn = self.turn(daemon)
        size = self.sizeOfSnapshot(daemon)
        self.stage.drop(daemon.directory)
        return pings, bans, turn, (size, saving.seconds)

    @staticmethod
    def sizeOfSnapshot(daemon):
        with open(daemon.directory + "/state/snapshot.jsonl", "rb") as file:
            return file.seek(0, 2)

    def control(self, size, period):
        daemon = self.stage.opsdWith(self.count, "control")
        other = self.stage.fresh("writer")
        with daemon:
            time.sleep(3)
            words = [sys.executable, HERE + "/writer.py", other, str(size), str(period)]
            writer = subprocess.Popen(words)
            try:
                pings, bans = self.listen(daemon)
            finally:
                writer.kill()
                writer.wait()
        self.stage.drop(daemon.directory)
        self.stage.drop(other)
        return pings, bans

    def expiry(self):
        lead = 8 if self.stage.isQuick else LEAD_SECONDS
        daemon = self.stage.opsd("expiry")
        with daemon:
            end = int(time.time()) + lead
            until = datetime.fromtimestamp(end, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
            fillOpsd(daemon.socket, self.count, f"until={until}")
            daemon.snapshot()
        # Another start, so that the turns it remembers are not those of the filling.
        with daemon:
            if time.time() > end - self.seconds / 2:
                raise TimeoutError("the bans end before anybody listens")
            time.sleep(end - self.seconds / 2 - time.time())
            pings, bans = self.listen(daemon)
            turn = self.turn(daemon)
            left = daemon.ask("guard stats")["active_bans"]
        self.stage.drop(daemon.directory)
        if left > BAN_RATE * self.seconds:
            raise ValueError(f"{left} bans are left")
        return pings, bans, turn

    def redisSave(self, **options):
        with self.stage.redisWith(self.count, "stall-redis", **options) as server:
            time.sleep(1)
            with Repeated(server.backgroundSave):
                found = listen(self.stage, server.socket, ["PING"], SET, self.seconds)
        self.stage.drop(server.directory)
        return found

    def redisExpiry(self):
        lead = 5 if self.stage.isQuick else LEAD_SECONDS
        with self.stage.redis("expiry-redis") as server:
            end = int(time.time()) + lead
            fillRedis(server.socket, self.count, f"EXAT {end}")
            time.sleep(max(0.0, end - self.seconds / 2 - time.time()))
            found = listen(self.stage, server.socket, ["PING"], SET, self.seconds)
        self.stage.drop(server.directory)
        return found


def run(stage):
    def row(what, peer="", target=None):
        return Row(9, what, "ms", peerName=peer, target=target)

    saveTail = row("ping p99.9, snapshots of 1M under load", "Redis BGSAVE", within(5, "ms"))
    saveWorst = row("ping p100, same", "Redis BGSAVE", atMost(1.0))
    saveTurn = row("CPU of the longest turn, same", "", within(2, "ms"))
    saveBan = row("durable ban p100, same", "Redis BGSAVE, always")
    controlTail = row("ping p99.9, another program writes as much")
    controlWorst = row("ping p100, same")
    controlBan = row("durable ban p100, same")
    endTail = row("ping p99.9, 1M bans end at once", "Redis, 1M keys end", within(5, "ms"))
    endWorst = row("ping p100, same", "Redis, 1M keys end", atMost(1.0))
    endTurn = row("CPU of the longest turn, same", "", within(2, "ms"))
    for _ in range(stage.runs):
        trial = Trial(stage)
        stage.settle()
        pings, bans, turn, written = trial.snapshot()
        stage.say(f"a snapshot: {written[0] / 1e6:.0f} MB, one in {written[1]:.2f} s")
        stage.settle()
        controlPings, controlBans = trial.control(*written)
        stage.settle()
        kind, _ = trial.redisSave()
        stage.settle()
        _, strict = trial.redisSave(appendfsync="always")
        stage.settle()
        ended, _, endedTurn = trial.expiry()
        stage.settle()
        redisEnded, _ = trial.redisExpiry()
        saveTail.add(pings.p999, kind.p999)
        saveWorst.add(pings.most, kind.most)
        saveTurn.add(turn)
        saveBan.add(bans.most, strict.most)
        controlTail.add(controlPings.p999)
        controlWorst.add(controlPings.most)
        controlBan.add(controlBans.most)
        endTail.add(ended.p999, redisEnded.p999)
        endWorst.add(ended.most, redisEnded.most)
        endTurn.add(endedTurn)
    return [
        saveTail, saveWorst, saveTurn, saveBan, controlTail, controlWorst, controlBan, endTail,
        endWorst, endTurn,
    ]

"""Figure 22: `events severity=critical` after a million bans, and what others feel of it.

Eight critical events come first, then the bans. Their events are in memory still; for the rest of the page
opsd reads files of events, 64 MiB for a page. The peer is jq over the same files, which a person would use
without it. Pings come a thousand a second on a connection of their own, once with nothing beside them, and
once beside searches that follow each other, all of them through the files.
"""

import glob
import os
import subprocess
import time

from addresses import fillOpsd
from figure_stall import PING_RATE, Repeated
from load import Running
from measure import Row, atMost, within

BANS = 1_000_000
SECONDS = 10
PAGES = 20
CRITICAL = "events severity=critical"


def fill(daemon, count):
    for number in range(8):
        daemon.ask(f"incident raise source=bench key=k{number} severity=critical msg=down")
    fillOpsd(daemon.socket, count)
    # The trail is written a moment later.
    time.sleep(2)


def page(daemon):
    """Milliseconds for the first page, which must know of what was critical."""
    began = time.monotonic()
    reply = daemon.ask(CRITICAL)
    took = (time.monotonic() - began) * 1000
    if reply["total"] < 8:
        raise ValueError(f"total {reply['total']}")
    return took


def pages(daemon):
    """Milliseconds for all pages, and how many they were."""
    began = time.monotonic()
    after, count, rows = "", 0, 0
    while after is not None:
        reply = daemon.ask(CRITICAL + (f" after={after}" if after else ""))
        after, count, rows = reply["next"], count + 1, rows + len(reply["events"])
    if rows < 8 or rows != reply["total"]:
        raise ValueError(f"{rows} events, total {reply['total']}")
    return (time.monotonic() - began) * 1000, count


def jq(directory):
    """Milliseconds for the same by jq; nothing where it is not installed."""
    files = glob.glob(directory + "/log/events.ndjson*")
    began = time.monotonic()
    try:
        subprocess.run(
            ["jq", "-c", 'select(.severity == "critical")', *files],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False,
        )
    except FileNotFoundError:
        return None
    return (time.monotonic() - began) * 1000


def pings(stage, daemon, seconds):
    return Running(
        stage, "ping", daemon.socket, requests=PING_RATE * seconds, connections=1, pipeline=1000,
        rate=PING_RATE,
    ).result()


def run(stage):
    first = Row(22, "events severity=critical, after 1M bans", "ms", peerName="jq over the files",
                target=within(300, "ms"))
    whole = Row(22, "all pages of it", "ms", peerName="jq over the files")
    p50 = Row(22, "ping p50 beside such searches", "ms", peerName="nothing beside")
    p99 = Row(22, "ping p99, same", "ms", peerName="nothing beside", target=atMost(1.5))
    turn = Row(22, "CPU of the longest turn, same", "ms", target=within(2, "ms"))
    for _ in range(stage.runs):
        daemon = stage.opsd("events", enforce={"mode": "none"})
        with daemon:
            fill(daemon, stage.size(BANS))
            size = sum(os.path.getsize(f) for f in glob.glob(daemon.directory + "/log/events.ndjson*"))
            stage.say(f"files of events: {size / 1e6:.0f} MB")
            stage.settle()
            took = sorted(page(daemon) for _ in range(PAGES))
            peer = jq(daemon.directory)
            first.add(took[len(took) // 2], peer)
            took, count = pages(daemon)
            stage.say(f"{count} pages")
            whole.add(took, peer)
        # Another start, so that the turns it remembers are not those of the filling.
        with daemon:
            time.sleep(3)
            alone = pings(stage, daemon, stage.seconds(SECONDS))
            with Repeated(lambda: daemon.ask(CRITICAL)) as searching:
                beside = pings(stage, daemon, stage.seconds(SECONDS))
            stage.say(f"{searching.times} searches, one in {searching.seconds * 1000:.0f} ms")
            turn.add(daemon.status()["own"]["turn_max_ms"])
        p50.add(beside.p50, alone.p50)
        p99.add(beside.p99, alone.p99)
        stage.drop(daemon.directory)
    return [first, whole, p50, p99, turn]

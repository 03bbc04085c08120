"""Figure 11: the CPU of an idle minute: opsd as it is shipped, node_exporter scraped once a second with
the same collectors, monit with a cycle a second.

All three run through the same minute, so that the machine is the same for each. opsd's minute has its
six process scans in it and its round of the mounts.
"""

import time

from measure import Row, atMost
from peers import Monit, NodeExporter, Scraper

SECONDS = 60


def run(stage):
    exported = Row(
        11, "a minute of idle at 1 s, CPU", "ms", peerName="node_exporter", target=atMost(0.1)
    )
    monitored = Row(11, "same", "ms", peerName="monit", target=atMost(0.2))
    seconds = stage.seconds(SECONDS)
    daemon = stage.opsd("idle")
    exporter, monit = NodeExporter(stage.fresh("exporter")), Monit(stage.fresh("monit"))
    with daemon, exporter, monit, Scraper(exporter):
        time.sleep(5)
        for _ in range(stage.runs):
            before = [server.cpuSeconds for server in (daemon, exporter, monit)]
            time.sleep(seconds)
            after = [server.cpuSeconds for server in (daemon, exporter, monit)]
            own, first, second = (
                (late - early) * 1000 * 60 / seconds for early, late in zip(before, after)
            )
            exported.add(own, first)
            monitored.add(own, second)
    return [exported, monitored]

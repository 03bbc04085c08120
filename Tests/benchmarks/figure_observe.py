"""Figure 15: observations of a service's requests a second, on one connection, each with its latency.

There is no peer: what keeps objectives elsewhere is fed by scraping counters, not told of each request.
"""

from measure import Row, reaches

OBSERVATIONS = 5_000_000


def run(stage):
    row = Row(15, "slo observe, 1 connection x 256", "/s", target=reaches(1_000_000, "/s"))
    daemon = stage.opsd("observe", **{"slo.bench": {"availability": 99.9}})
    with daemon:
        for _ in range(stage.runs):
            stage.settle()
            found = stage.load(
                "observe", daemon.socket, requests=stage.size(OBSERVATIONS), connections=1,
                pipeline=256,
            )
            row.add(found.rate)
    stage.drop(daemon.directory)
    return [row]

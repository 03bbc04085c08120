"""Figures 1 to 4: questions a second, a million bans held, beside as many keys in Redis.

Both servers stay up and are asked in turn; the one that is not asked does nothing but its housekeeping.
`hit` is beside the pair of requests that counts in Redis: INCR and EXPIRE; a pair is one hit.
"""

from measure import Row, atLeast

BANS = 1_000_000
EXISTS = ["EXISTS ban:{ip}"]
COUNT = ["INCR rate:{ip}", "EXPIRE rate:{ip} 60"]

# figure, what, workload, peer's lines, peer's name, connections, pipeline, requests, target
SHAPES = [
    (1, "check, 1M bans, 50 connections x 1", "check", EXISTS, "Redis EXISTS", 50, 1, 500_000, 1.25),
    (2, "check, 50 x 16", "check", EXISTS, "Redis EXISTS", 50, 16, 3_000_000, 2.0),
    (3, "check, 1 x 64", "check", EXISTS, "Redis EXISTS", 1, 64, 2_000_000, 1.5),
    (4, "hit, 50 x 16", "hit", COUNT, "Redis INCR + EXPIRE", 50, 16, 2_000_000, 3.0),
]


def run(stage):
    count = stage.size(BANS)
    rows = []
    daemon = stage.opsdWith(count, "requests", guard={"rate_limit": 65535})
    with daemon, stage.redisWith(count, "requests-redis") as redis:
        for figure, what, workload, lines, name, connections, pipeline, requests, bound in SHAPES:
            row = Row(figure, what, "/s", peerName=name, target=atLeast(bound))
            rows.append(row)
            shape = {
                "requests": stage.size(requests), "connections": connections,
                "pipeline": pipeline, "keys": count,
            }
            for own, peer in stage.alternate(
                lambda: stage.load(workload, daemon.socket, **shape),
                lambda: stage.load(lines, redis.socket, **shape),
            ):
                row.add(own.rate, peer.rate)
    stage.drop(daemon.directory)
    stage.drop(redis.directory)
    return rows

"""Figures 5 and 6: durable bans a second beside SET with an expiry, each change in the log of both.

`always`: no reply before fdatasync. `everysec`: a sync a second in both. The logs are on the same disk,
start empty, and are rewritten as both do it by themselves (snapshots; AOF rewrite). A million different
addresses in random order; opsd checks, keeps and tells more of each than Redis of a key.
"""

from measure import Row, atLeast

KEYS = 1_000_000
SET = ["SET ban:{ip} 1 EX 600"]

# figure, policy, connections, pipeline, requests, target
SHAPES = [
    (5, "always", 50, 16, 500_000, 1.5),
    (5, "always", 50, 1, 150_000, 1.2),
    (5, "always", 1, 1, 15_000, 0.9),
    (6, "everysec", 50, 16, 1_000_000, 1.5),
    (6, "everysec", 50, 1, 300_000, 1.5),
    (6, "everysec", 1, 1, 50_000, 1.5),
]


def run(stage):
    rows = []
    for figure, policy, connections, pipeline, requests, bound in SHAPES:
        row = Row(
            figure, f"ban ttl=600, fsync {policy}, {connections} x {pipeline}", "/s",
            peerName=f"Redis SET EX, {policy}", target=atLeast(bound),
        )
        rows.append(row)
        shape = {
            "requests": stage.size(requests, least=100), "connections": connections,
            "pipeline": pipeline, "keys": KEYS,
        }

        def ours():
            with stage.opsd("durable", store={"fsync": policy}) as daemon:
                found = stage.load("ban", daemon.socket, **shape)
            stage.drop(daemon.directory)
            return found.rate

        def theirs():
            with stage.redis("durable", appendfsync=policy) as server:
                found = stage.load(SET, server.socket, **shape)
            stage.drop(server.directory)
            return found.rate

        for own, peer in stage.alternate(ours, theirs):
            row.add(own, peer)
    return rows

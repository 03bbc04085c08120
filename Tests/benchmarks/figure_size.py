"""Figure 14: what a request costs against how much is held: 1k, 100k, 1M and 10M bans.

The peer of a size is the smallest: opsd itself with a thousand bans, in the same run. `check` asks for
held addresses at random. `ban` puts new ones in, without fsync: the disk would hide the table.
"""

from measure import Row, atMost

SIZES = (1_000, 100_000, 1_000_000, 10_000_000)
CHECKS = 2_000_000
BANS = 500_000
NAMES = {1_000: "1k", 100_000: "100k", 1_000_000: "1M", 10_000_000: "10M"}


def microseconds(found):
    return 1e6 / found.rate


def run(stage):
    # One after the other, all sizes in each run: a ratio is of one run.
    rows = {
        (verb, size): Row(
            14, f"{verb} 50 x 16, {NAMES[size]} bans, time a request", "us",
            peerName="with 1k", target=atMost(1.5),
        )
        for verb in ("check", "ban")
        for size in SIZES[1:]
    }
    for _ in range(stage.runs):
        least = {}
        for size in SIZES:
            checked, banned = measure(stage, stage.size(size, least=1_000))
            for verb, cost in (("check", checked), ("ban", banned)):
                if size == SIZES[0]:
                    least[verb] = cost
                else:
                    rows[verb, size].add(cost, least[verb])
    return list(rows.values())


def measure(stage, count):
    shape = {"connections": 50, "pipeline": 16}
    with stage.opsdWith(count, "size", store={"fsync": "no"}) as daemon:
        stage.settle()
        checked = stage.load(
            "check", daemon.socket, requests=stage.size(CHECKS), keys=count, **shape
        )
        # Other addresses than those held: the seed is another one.
        banned = stage.load(
            "ban", daemon.socket, requests=stage.size(BANS), keys=1 << 28, seed=2, **shape
        )
    stage.drop(daemon.directory)
    return microseconds(checked), microseconds(banned)

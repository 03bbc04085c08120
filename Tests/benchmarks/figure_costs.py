"""Figure 21: what AI models cost a second: records, records with keys, and reservations that are settled,
beside durable bans of the same run.

A record with a key, a reservation and a settlement are in the log before their replies, as a ban is
(fsync always); a plain record is logged with the others of its second. Keys are new each time.
"""

from measure import Row, atLeast, reaches

RECORDS = 5_000_000
DURABLE = 300_000


def run(stage):
    plain = Row(21, "cost record, 1 connection x 256", "/s", target=reaches(1_000_000, "/s"))
    with stage.opsd("costs") as daemon:
        for _ in range(stage.runs):
            stage.settle()
            found = stage.load(
                "spend", daemon.socket, requests=stage.size(RECORDS), connections=1, pipeline=256,
            )
            plain.add(found.rate)
    stage.drop(daemon.directory)

    def durable(workload, requests):
        def measured():
            with stage.opsd("costs") as daemon:
                found = stage.load(
                    workload, daemon.socket, requests=requests, connections=50, pipeline=16,
                    keys=1_000_000, sequential=True,
                )
            stage.drop(daemon.directory)
            return found.rate

        return measured

    count = stage.size(DURABLE, least=1_000)
    rows = [plain]
    for name, workload, lines in [
        ("cost record with a key, durable, 50 x 16", "keyed", 1),
        ("cost reserve and cost settle, durable, 50 x 16", "reserve", 2),
    ]:
        row = Row(21, name, "/s", peerName="ban ttl=600", target=atLeast(0.7))
        rows.append(row)
        ours, bans = durable(workload, count // lines), durable("ban", count)
        for own, peer in stage.alternate(ours, bans):
            row.add(own * lines, peer)
    return rows

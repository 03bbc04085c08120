"""Figure 13: strikes on distinct addresses: how long a million take, and what each takes in memory.

opsd gets them from opsbench, 50 connections with 16 requests under way each, every one durable
(fsync always). fail2ban gets as many as time allows, and its time is multiplied: by its client, a
process each, as a shell has to do it (the figure's target), and by its socket without a process
between, through one connection as its client speaks it.
"""

import pickle
import socket
import subprocess
import time

from addresses import address
from measure import Row, atLeast, atMost
from peers import Fail2ban

STRIKES = 1_000_000
CALLS = 100
ATTEMPTS = 20_000
END = b"<F2B_END_COMMAND>"


class Jail:
    """fail2ban's own protocol: a pickled list, an end mark, and the same back."""

    def __init__(self, path):
        self.path = path

    def attempts(self, first, count):
        with socket.socket(socket.AF_UNIX) as peer:
            peer.connect(self.path)
            for number in range(first, first + count):
                words = ["set", Fail2ban.JAIL, "attempt", address(number)]
                peer.sendall(pickle.dumps(words, 2) + END)
                reply = b""
                while not reply.endswith(END):
                    piece = peer.recv(65536)
                    if not piece:
                        raise EOFError("fail2ban closed the connection")
                    reply += piece
                # The reply is (code, value); it comes from the server started here.
                code, value = pickle.loads(reply[: -len(END)])
                if code:
                    raise ValueError(f"fail2ban: {value}")


def run(stage):
    count, attempts = stage.size(STRIKES), stage.size(ATTEMPTS)
    calls = stage.size(CALLS, least=5)
    speed = Row(
        13, "strikes on distinct addresses, durable", "/s", peerName="fail2ban-client attempt",
        target=atLeast(100),
    )
    direct = Row(13, "same", "/s", peerName="fail2ban's socket")
    size = Row(13, "bytes a struck address", "B", peerName="fail2ban", target=atMost(0.1))

    def ours():
        guard = {"strikes": 1000, "window": "1d"}
        with stage.opsd("strikes", guard=guard) as daemon:
            time.sleep(3)
            before = daemon.residentBytes
            found = stage.load(
                "strike", daemon.socket, requests=count, connections=50, pipeline=16, keys=count,
                sequential=True,
            )
            daemon.snapshot()
            time.sleep(3)
            held = daemon.ask("guard stats")["ips_with_strikes"]
            grown = daemon.residentBytes - before
        stage.drop(daemon.directory)
        if held != count:
            raise ValueError(f"opsd holds {held} struck addresses of {count}")
        return found.rate, grown / count

    def theirs():
        with Fail2ban(stage.fresh("fail2ban")) as server:
            command = [*server.client, "set", Fail2ban.JAIL, "attempt"]
            began = time.monotonic()
            for number in range(calls):
                subprocess.run([*command, address(number)], check=True, capture_output=True)
            byClient = calls / (time.monotonic() - began)
            before = server.residentBytes
            began = time.monotonic()
            Jail(server.socket).attempts(calls, attempts)
            bySocket = attempts / (time.monotonic() - began)
            time.sleep(1)
            grown = server.residentBytes - before
        stage.drop(server.directory)
        return byClient, bySocket, grown / attempts

    for (rate, own), (byClient, bySocket, its) in stage.alternate(ours, theirs):
        speed.add(rate, byClient)
        direct.add(rate, bySocket)
        size.add(own, its)
    return [speed, direct, size]

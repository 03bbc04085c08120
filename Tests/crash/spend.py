#!/usr/bin/env python3
"""Spending over kill -9: the examples of docs/costs.md as they stand there, and a crowd that never gets
past the cap.

A hundred clients reserve and settle as fast as they can, SIGKILL hits the daemon at random, and it starts
again: what was acknowledged is there, and what is spent and reserved is never more than the cap.

usage: spend.py DIRECTORY ROUNDS SEED       programs in DIRECTORY; prints TAP
"""

import json
import os
import random
import re
import subprocess
import sys
import threading
import time

from daemon import Daemon

HERE = os.path.dirname(os.path.abspath(__file__))
CLIENTS = 100
CAP = 5_000_000
CONFIGURATION = """
[costs]
daily_cap_usd = 5
[costs.models."gpt-4o"]
cap_usd = 3
price_in = 2.50
price_out = 10.00
cheaper = "gpt-4o-mini"
[costs.models.gpt-4o-mini]
price_in = 0.15
price_out = 0.60
"""


def ask(peer, replies, line):
    peer.sendall(line.encode() + b"\n")
    reply = replies.readline()
    if not reply.endswith("\n"):
        raise ConnectionError("the connection ended")
    word, _, body = reply.partition(" ")
    return json.loads(body) if word == "ok" else None


def micros(dollars):
    return round(dollars * 1_000_000)


class Client(threading.Thread):
    """Reserves and settles until its connection ends; remembers what it was told."""

    def __init__(self, daemon, seed, books):
        super().__init__()
        self.daemon, self.random, self.books = daemon, random.Random(seed), books

    def run(self):
        try:
            peer = self.daemon.connect()
            replies = peer.makefile()
            while True:
                key = f"k{self.random.getrandbits(60)}"
                self.books.asked.add(key)
                held = ask(
                    peer, replies, f"cost reserve model=m key={key} usd={self.random.random() / 20:.6f}"
                )
                self.books.asked.discard(key)
                if held["decision"] == "deny":
                    self.books.denied += 1
                    time.sleep(0.01)
                    continue
                number, amount = held["id"], micros(held["usd"])
                self.books.held[number] = amount
                cost = self.random.randint(0, amount) // 10
                if self.random.random() < 0.7:
                    self.books.doubtful[number] = cost
                    if ask(peer, replies, f"cost settle {number} usd={cost / 1e6:.6f}"):
                        self.books.settled[number] = cost
                        del self.books.doubtful[number]
                        del self.books.held[number]
        except (OSError, ValueError):
            pass


class Books:
    """What all clients were told."""

    def __init__(self):
        self.held, self.settled, self.doubtful, self.asked, self.denied = {}, {}, {}, set(), 0


def examples(binaries, daemon):
    """The shell and the Python of the document."""
    with open(os.path.join(HERE, "..", "..", "docs", "costs.md")) as file:
        text = file.read()
    environment = dict(
        os.environ, OPSD_SOCKET=daemon.socket_path, PATH=binaries + ":" + os.environ["PATH"]
    )
    faults = []
    for language, program in [("sh", ["sh", "-e"]), ("python", [sys.executable])]:
        blocks = re.findall(rf"```{language}\n(.*?)```", text, re.S)
        if not blocks:
            faults.append(f"the document has no example in {language}")
        for block in blocks:
            done = subprocess.run(
                program, input=block, text=True, capture_output=True, env=environment, timeout=30
            )
            if done.returncode:
                faults.append(f"{language}: {done.stderr.strip() or done.stdout.strip()}")
    peer = daemon.connect()
    status = ask(peer, peer.makefile(), "cost status")
    if micros(status["total_spent_usd"]) != 16_200 or status["open"]:
        faults.append(f"after the examples: {status}")
    return faults


def crowd(daemon, rounds, seed):
    chance, books, faults = random.Random(seed), Books(), []
    for number in range(rounds):
        clients = [Client(daemon, chance.random(), books) for _ in range(CLIENTS)]
        for client in clients:
            client.start()
        time.sleep(chance.uniform(0.1, 0.5))
        daemon.kill()
        for client in clients:
            client.join()
        daemon.start()
        peer = daemon.connect()
        replies = peer.makefile()
        status = ask(peer, replies, "cost status")
        counted = micros(status["total_spent_usd"]) + micros(status["reserved_usd"])
        if counted > CAP:
            faults.append(f"round {number}: {counted} micro-USD are past the cap of {CAP}")
        for reservation, amount in list(books.held.items()):
            cost = books.doubtful.pop(reservation, None)
            reply = ask(peer, replies, f"cost settle {reservation} usd={(cost or 0) / 1e6:.6f}")
            if reply is None:
                faults.append(f"round {number}: reservation {reservation} of {amount} is gone")
            books.settled[reservation] = cost or 0
            del books.held[reservation]
        spent = micros(ask(peer, replies, "cost status")["total_spent_usd"])
        known = sum(books.settled.values())
        # What was reserved and not acknowledged may be there too; it is never less.
        if spent < known:
            faults.append(f"round {number}: {known} micro-USD were settled, {spent} are counted")
        # Whoever lost the answer settles by the key; where nothing was held, there is no such key.
        for key in books.asked:
            ask(peer, replies, f"cost settle key={key} usd=0")
        books.asked.clear()
        peer.close()
    if not books.settled or not books.denied:
        faults.append(f"the crowd did too little: {len(books.settled)} settled, {books.denied} denied")
    return faults


def main():
    binaries, rounds, seed = os.path.abspath(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    daemon = Daemon(binaries + "/opsd", more=CONFIGURATION)
    print("1..2")
    failed = False
    try:
        daemon.start()
        for number, (what, check) in enumerate(
            [
                ("the examples of docs/costs.md work", lambda: examples(binaries, daemon)),
                (f"{rounds} kills: no crowd gets past the cap", lambda: crowd(daemon, rounds, seed)),
            ],
            1,
        ):
            faults = check()
            print(f"{'not ok' if faults else 'ok'} {number} - {what}", flush=True)
            for fault in faults[:10]:
                print(f"# {fault}")
            failed = failed or bool(faults)
    finally:
        daemon.kill()
        daemon.remove()
    sys.exit(failed)


main()

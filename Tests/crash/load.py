"""Clients that keep a daemon busy, each with a model of what it was told."""

import threading
import time


class Tally:
    """How much was acknowledged; wakes those that wait for a number."""

    def __init__(self):
        self.count = 0
        self.target = 0
        self.lock = threading.Lock()
        self.reached = threading.Event()

    def wait(self, target):
        with self.lock:
            self.reached.clear()
            self.target = target
            if self.count >= target:
                return
        self.reached.wait(timeout=10)

    def add(self, count):
        with self.lock:
            self.count += count
            if self.count >= self.target:
                self.reached.set()


class Client(threading.Thread):
    """Asks, up to 24 requests ahead, until the daemon is gone or `limit` requests are answered."""

    def __init__(self, daemon, model, tally, limit=None):
        super().__init__()
        self.server, self.model, self.tally = daemon, model, tally
        self.left = limit
        self.faults = []

    def run(self):
        try:
            with self.server.connect() as peer, peer.makefile("rb") as replies:
                while self.left != 0 and self.batch(peer, replies):
                    pass
        except OSError:
            pass
        self.model.closed = time.time()

    def batch(self, peer, replies):
        count = self.model.random.randint(1, 24)
        if self.left is not None:
            count = min(count, self.left)
            self.left -= count
        peer.sendall("".join(self.model.ask() for _ in range(count)).encode())
        for _ in range(count):
            line = replies.readline()
            if not line.endswith(b"\n"):
                return False
            fault = self.model.hear(line)
            if fault:
                self.faults.append(fault)
            self.tally.add(1)
        return True

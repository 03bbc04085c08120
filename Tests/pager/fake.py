"""A small opsd, as far as opspager sees it: hands out items of work, and notes what is said of them."""

import json
import os
import re
import socket
import threading
import time


class Opsd:
    def __init__(self, path):
        self.path = path
        self.condition = threading.Condition()
        self.ready, self.held, self.lines, self.ends = [], {}, [], {}
        self.next = 1
        self.answers = True
        self.is_healthy = True
        self.refusals = {}
        self.connections = []
        # Counts crashes: who waited before one gets nothing after it.
        self.generation = 0
        self.listen()

    def listen(self):
        self.server = socket.socket(socket.AF_UNIX)
        self.server.bind(self.path)
        os.chmod(self.path, 0o666)
        self.server.listen(64)
        threading.Thread(target=self.accept, args=(self.server,), daemon=True).start()

    def accept(self, server):
        while True:
            try:
                connection, _ = server.accept()
            except OSError:
                return
            self.connections.append(connection)
            threading.Thread(target=self.serve, args=(connection,), daemon=True).start()

    def cut(self):
        """Ends every connection, as a crash does."""
        for connection in self.connections:
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
        self.connections.clear()
        with self.condition:
            self.generation += 1
            self.condition.notify_all()

    def close(self):
        self.server.shutdown(socket.SHUT_RDWR)
        self.server.close()
        self.cut()
        os.unlink(self.path)

    def put(self, channel, page, key="incident/17/raise/1", may_repeat=False):
        with self.condition:
            item = {
                "id": self.next, "kind": f"page/{channel}", "key": key, "token": f"{self.next:016x}",
                "payload": page, "attempt": 1, "may_repeat": may_repeat,
                "created": "2026-11-29T02:00:00Z", "lease_seconds": 60}
            self.next += 1
            self.ready.append(item)
            self.condition.notify_all()
            return item["id"]

    def serve(self, connection):
        file = connection.makefile("rb")
        try:
            for raw in file:
                line = raw.decode().rstrip("\n")
                with self.condition:
                    self.lines.append((time.time(), line))
                    while not self.answers:
                        self.condition.wait(0.1)
                reply = self.reply(line, connection)
                connection.sendall(reply.encode() + b"\n")
        except (OSError, ValueError):
            pass

    def reply(self, line, connection):
        words = line.split(" ")
        verb = " ".join(words[:2]) if words[0] in ("work", "pager") else words[0]
        if self.refusals.get(verb):
            code, message = self.refusals[verb].pop(0)
            return "err " + json.dumps({"code": code, "message": message})
        if verb == "health" and not self.is_healthy:
            return 'err {"code":"internal","message":"no health today"}'
        if verb == "work take":
            kinds = words[2].split(",")
            wait = int(re.search(r"wait=(\d+)s", line).group(1))
            return 'ok {"item":%s}' % json.dumps(self.take(kinds, wait, connection))
        if verb in ("work done", "work failed"):
            with self.condition:
                self.ends[int(words[2])] = line
                self.condition.notify_all()
        return "ok {}"

    @staticmethod
    def has_gone(connection):
        try:
            return connection.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT) == b""
        except BlockingIOError:
            return False
        except OSError:
            return True

    def take(self, kinds, seconds, connection):
        def first():
            return next((item for item in self.ready if item["kind"] in kinds), None)
        with self.condition:
            born, end = self.generation, time.time() + seconds
            # Who waits is watched for its end, as opsd does.
            while not self.condition.wait_for(lambda: self.generation != born or first(), 0.02):
                if self.has_gone(connection) or time.time() >= end:
                    break
            is_here = self.generation == born and not self.has_gone(connection)
            item = first() if is_here else None
            if item:
                self.ready.remove(item)
            return item

    def end(self, number, seconds=10):
        """What was said of an item in the end; None: nothing."""
        with self.condition:
            self.condition.wait_for(lambda: number in self.ends, seconds)
            return self.ends.get(number)

    def said(self, start):
        with self.condition:
            return [(at, line) for at, line in self.lines if line.startswith(start)]

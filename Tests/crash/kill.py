#!/usr/bin/env python3
"""kill -9 at random moments, under load, with snapshots: is what was acknowledged still true?

Four clients ban, unban and strike addresses of their own as fast as they can, pipelined, and keep a
model of what they were told. SIGKILL hits the daemon somewhere; it starts again from its files, and
`why` is asked about every address. A change that was acknowledged must be there; of the requests that
were on their way any number from the front may be. Nothing else may be different, and every start
must succeed.

usage: kill.py OPSD ROUNDS SEED       prints TAP, a line each fsync policy
"""

import json
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

CLIENTS = 4
POLICIES = ("always", "everysec", "no")
START_SECONDS = 20


def connect(path):
    peer = socket.socket(socket.AF_UNIX)
    peer.connect(path)
    return peer


def after(state, verb):
    """The state (banned, strikes) of an address after one request."""
    banned, strikes = state
    if verb == "ban":
        return (True, 0)
    if verb == "unban":
        return (False, 0) if banned else state
    return state if banned else (False, strikes + 1)


class Client(threading.Thread):
    """Asks until the daemon is gone; `model` is what it was told, `open` what it still waits for."""

    def __init__(self, path, number, model, seed):
        super().__init__()
        self.path, self.number, self.model = path, number, model
        self.random = random.Random(seed)
        self.open = {}
        self.acknowledged = 0
        self.faults = []

    def run(self):
        try:
            peer = connect(self.path)
            replies = peer.makefile("rb")
            while self.batch(peer, replies):
                pass
        except OSError:
            pass

    def batch(self, peer, replies):
        asked = []
        for _ in range(self.random.randint(1, 20)):
            verb = self.random.choice(("ban", "ban", "unban", "strike"))
            last = (self.number, self.random.randrange(4), self.random.randrange(256))
            asked.append((verb, "10.%d.%d.%d" % last))
        lines = []
        for verb, ip in asked:
            self.open.setdefault(ip, []).append(verb)
            lines.append(f"{verb} {ip}{' ttl=1h reason=crash' if verb == 'ban' else ''}\n")
        peer.sendall("".join(lines).encode())
        for verb, ip in asked:
            line = replies.readline()
            if not line.endswith(b"\n"):
                return False
            self.take(verb, ip, line)
        return True

    def take(self, verb, ip, line):
        self.open[ip].pop(0)
        if not self.open[ip]:
            del self.open[ip]
        self.acknowledged += 1
        state = self.model.get(ip, (False, 0))
        self.model[ip] = after(state, verb)
        isRefused = verb == "unban" and not state[0]
        if line.startswith(b"err ") != isRefused or b'"durable":false' in line:
            self.faults.append(f"{verb} {ip} in {state}: {line!r}")


class Run:
    """One policy: a directory, a daemon in it, and what the clients know."""

    def __init__(self, program, policy, seed):
        self.program, self.random = program, random.Random(seed)
        self.directory = tempfile.mkdtemp()
        self.socket = self.directory + "/run/opsd.sock"
        with open(self.directory + "/opsd.toml", "w") as file:
            file.write(
                f'[paths]\nsocket = "{self.socket}"\nstate = "{self.directory}/state"\n'
                f'log = "{self.directory}/log"\n[store]\nfsync = "{policy}"\n'
                '[guard]\nstrikes = 1000\nwindow = "1h"\n'
            )
        self.models = [{} for _ in range(CLIENTS)]
        self.open = {}
        self.acknowledged = 0
        self.faults = []

    def start(self):
        log = open(self.directory + "/out", "ab")
        daemon = subprocess.Popen(
            [self.program, "--config", self.directory + "/opsd.toml"], stdout=log, stderr=log
        )
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline and daemon.poll() is None:
            try:
                peer = connect(self.socket)
                peer.sendall(b"ping\n")
                if peer.recv(64).startswith(b"ok"):
                    return daemon
            except OSError:
                time.sleep(0.01)
        daemon.kill()
        with open(self.directory + "/out", errors="replace") as file:
            self.faults.append("no start: " + file.read()[-600:])
        return None

    def check(self):
        """Compares every address with what its client was told."""
        peer = connect(self.socket)
        replies = peer.makefile("rb")
        for number, model in enumerate(self.models):
            known = set(model) | {ip for ip in self.open if ip.startswith(f"10.{number}.")}
            addresses = sorted(known)
            for start in range(0, len(addresses), 200):
                part = addresses[start : start + 200]
                peer.sendall("".join(f"why {ip}\n" for ip in part).encode())
                for ip in part:
                    told = json.loads(replies.readline()[3:])
                    self.compare(model, ip, (told["banned"], told["strikes"]))

    def compare(self, model, ip, found):
        state = model.get(ip, (False, 0))
        possible = [state]
        for verb in self.open.get(ip, []):
            state = after(state, verb)
            possible.append(state)
        if found not in possible:
            self.faults.append(f"{ip} is {found}, may be {possible}")
        model[ip] = found

    def round(self):
        daemon = self.start()
        if daemon is None:
            return False
        self.check()
        clients = [
            Client(self.socket, number, model, self.random.random())
            for number, model in enumerate(self.models)
        ]
        for client in clients:
            client.start()
        deadline = time.monotonic() + self.random.uniform(0.05, 0.5)
        while time.monotonic() < deadline:
            if self.random.random() < 0.3:
                daemon.send_signal(signal.SIGUSR1)  # a snapshot under way is killed too
            time.sleep(0.02)
        daemon.kill()
        daemon.wait()
        self.open = {}
        for client in clients:
            client.join()
            self.open.update(client.open)
            self.acknowledged += client.acknowledged
            self.faults += client.faults
        return True

    def perform(self, rounds):
        done = 0
        while done < rounds and self.round():
            done += 1
        last = self.start()
        if last is not None:
            self.check()
            last.kill()
            last.wait()
        shutil.rmtree(self.directory, ignore_errors=True)
        return done


def main():
    program, rounds, seed = os.path.abspath(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    failed = 0
    for number, policy in enumerate(POLICIES, 1):
        run = Run(program, policy, seed + number)
        done = run.perform(rounds)
        isGood = done == rounds and not run.faults and run.acknowledged > 0
        failed += not isGood
        print(
            f"{'ok' if isGood else 'not ok'} {number} - fsync {policy}: {done} kills, "
            f"{run.acknowledged} acknowledged, {len(run.faults)} wrong"
        )
        for fault in run.faults[:20]:
            print("# " + fault.replace("\n", "\n# "))
    print(f"1..{len(POLICIES)}")
    sys.exit(1 if failed else 0)


main()

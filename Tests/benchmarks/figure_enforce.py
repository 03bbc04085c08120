"""Figure 16: bans that drop packets: how soon, how many, what they cost, and how fast they are back.

Everything happens in two network namespaces of its own, `host` and `peer`, joined by a cable; they are
made and gone with the figure.  It needs root.  Both halves of a pair run in the same namespace, one
after the other.

  put back     the table is flushed by somebody else; the time is opsd's own count, from its beginning
               to build the table to the kernel's answer, beside one bare batch of libnftnl (batch.c) of
               as many addresses into a new set
  start        from exec to READY with the bans in a snapshot; READY comes when they are in the kernel.
               Once without a table, as after a boot, and once with the table of the last run, as after
               every restart
  last packet  a peer sends a datagram each 0.2 ms; from the request (a strike that bans) to the last
               that came through.  fail2ban bans by its nftables action, at the first attempt
  bans         one connection, 1,000 requests under way; fail2ban's over its socket, by the same action;
               nft(8) as a shell calls it, a process a ban
  packets      through the host's device from a peer that is not banned, as fast as one core sends.
               "No bans" is an opsd that enforces and has no ban, in two namespaces of its own; the two
               take turns, half a second each, so that a slow phase of the machine slows both
"""

import os
import socket
import subprocess
import sys
import time
from statistics import median

from addresses import address
from figure_strikes import Jail
from lines import Lines
from measure import Row, atLeast, atMost, within
from opsd import Opsd
from peers import Fail2ban
from stage import HERE

BANS = 150_000
LIST = 1_000_000
ROUNDS = 100
# fail2ban takes up to a second each.
CALLS = 20
ABUSER = "10.78.0.2"
HOST = "10.77.0.1"
PAUSE = 0.0002


def call(*words):
    return subprocess.run(words, check=True, capture_output=True, text=True).stdout


class Hosts:
    """The two namespaces."""

    def __init__(self, name="bench"):
        self.host, self.peer = f"opsd-{name}-host-{os.getpid()}", f"opsd-{name}-peer-{os.getpid()}"

    def __enter__(self):
        for name in (self.host, self.peer):
            call("ip", "netns", "add", name)
        call("ip", "-n", self.host, "link", "add", "h0", "type", "veth", "peer", "name", "p0",
             "netns", self.peer)
        call("ip", "-n", self.host, "link", "set", "lo", "up")
        for name, link, own, other in (
            (self.host, "h0", HOST, "10.78.0.0/16"), (self.peer, "p0", ABUSER, "10.77.0.0/16")
        ):
            call("ip", "-n", name, "addr", "add", own + "/16", "dev", link)
            call("ip", "-n", name, "link", "set", link, "up")
            call("ip", "-n", name, "route", "add", other, "dev", link)
        return self

    def __exit__(self, *fault):
        for name in (self.host, self.peer):
            subprocess.run(["ip", "netns", "del", name], capture_output=True)

    def inside(self, *words):
        return ["ip", "netns", "exec", self.host, *words]

    def nft(self, *words):
        return call(*self.inside("nft", *words))

    def received(self):
        return int(call(*self.inside("cat", "/sys/class/net/h0/statistics/rx_packets")))

    def flood(self, pause):
        return subprocess.Popen(
            ["ip", "netns", "exec", self.peer, sys.executable, HERE + "/packets.py", "flood", HOST,
             str(pause)])

    def sink(self):
        return subprocess.Popen(
            self.inside(sys.executable, HERE + "/packets.py", "sink"), stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, text=True)


class Trial:
    def __init__(self, stage, hosts):
        self.stage, self.hosts = stage, hosts
        self.count = stage.size(BANS, least=1500)
        self.rounds = stage.size(ROUNDS, least=5)
        self.calls = stage.size(CALLS, least=5)

    def opsd(self, name, mode, directory=None):
        daemon = self.stage.opsd(
            name, directory, enforce={"mode": mode}, guard={"strikes": 1, "ban_factor": 1})
        daemon.words = self.hosts.inside(*daemon.words)
        return daemon

    def jail(self):
        server = Fail2ban(self.stage.fresh("fail2ban-nft"))
        server.write(
            "jail.local",
            f"[{server.JAIL}]\nenabled = true\nbackend = polling\nfilter = nothing\n"
            f"action = nftables-allports[protocol=udp]\nlogpath = {server.directory}/empty.log\nmaxretry = 1\n"
            "findtime = 1d\nbantime = 1d\n")
        server.words = self.hosts.inside(*server.words)
        return server

    # How soon.

    def soon(self, strike, lift, rounds):
        """p50 and p99 in milliseconds, from each request to the last packet."""
        flood, sink = self.hosts.flood(PAUSE), self.hosts.sink()

        def last():
            sink.stdin.write("\n")
            sink.stdin.flush()
            return float(sink.stdout.readline())

        times = []
        try:
            for _ in range(rounds):
                deadline = time.monotonic() + 20
                while time.monotonic() - last() > 0.005:
                    if time.monotonic() > deadline:
                        raise TimeoutError("no packet comes through")
                    time.sleep(0.002)
                began = time.monotonic()
                strike()
                # fail2ban answers first and bans later; ten seconds are the most that is counted.
                quiet = time.monotonic()
                while time.monotonic() - max(last(), quiet) < 0.05 and time.monotonic() - began < 10:
                    time.sleep(0.01)
                times.append(max(0.0, last() - began) * 1000)
                lift()
        finally:
            for process in (flood, sink):
                process.kill()
                process.wait()
        times.sort()
        return times[len(times) // 2], times[len(times) * 99 // 100]

    def soonOfOpsd(self):
        with self.opsd("soon", "nftables") as daemon:
            lines = Lines(daemon.socket)

            def strike():
                if b'"enforced":true' not in lines.ask(f"strike {ABUSER}\n".encode()):
                    raise ValueError("a strike was not enforced")

            found = self.soon(strike, lambda: lines.ask(f"unban {ABUSER}\n".encode()),
                              self.rounds)
            lines.close()
        self.hosts.nft("flush", "ruleset")
        return found

    def soonOfFail2ban(self):
        with self.jail() as server:
            client = server.client

            def ask(*words):
                subprocess.run([*client, "set", server.JAIL, *words], check=True, capture_output=True)

            found = self.soon(
                lambda: ask("attempt", ABUSER), lambda: ask("unbanip", ABUSER), self.calls)
        self.hosts.nft("flush", "ruleset")
        return found

    # How many.

    def many(self, daemon, count, first=0):
        """Bans a second."""
        lines = Lines(daemon.socket)
        blocks = []
        for start in range(first, first + count, 60):
            numbers = range(start, min(start + 60, first + count))
            blocks.append(
                ("".join(f"ban {address(n)} ttl=1d\n" for n in numbers).encode(), len(numbers)))
        began = time.monotonic()
        lines.pour(blocks, b"ok ")
        seconds = time.monotonic() - began
        lines.close()
        return count / seconds

    def manyOfFail2ban(self):
        count = self.stage.size(300, least=20)
        with self.jail() as server:
            began = time.monotonic()
            Jail(server.socket).attempts(0, count)
            deadline = time.monotonic() + 120
            while self.elements() < count and time.monotonic() < deadline:
                time.sleep(0.02)
            rate = self.elements() / (time.monotonic() - began)
        self.hosts.nft("flush", "ruleset")
        return rate

    def elements(self):
        listed = subprocess.run(
            self.hosts.inside("nft", "-j", "list", "ruleset"), capture_output=True, text=True).stdout
        return listed.count('"240.') + sum(listed.count(f'"{high}.') for high in range(241, 256))

    def manyOfNft(self):
        count = self.stage.size(300, least=20)
        self.hosts.nft("add table inet bare; add set inet bare a { type ipv4_addr; timeout 1d; }")
        began = time.monotonic()
        for number in range(count):
            self.hosts.nft(f"add element inet bare a {{ {address(number)} }}")
        rate = count / (time.monotonic() - began)
        self.hosts.nft("flush", "ruleset")
        return rate

    # What they cost.

    def packets(self, free):
        """Packets a second that come in, here and in the hosts without bans."""
        ours, theirs = [], []
        for _ in range(self.stage.size(12, least=3)):
            theirs.append(self.flooded(free))
            ours.append(self.flooded(self.hosts))
        return median(ours), median(theirs)

    def flooded(self, hosts):
        flood = hosts.flood(0)
        try:
            time.sleep(0.3)
            before, began = hosts.received(), time.monotonic()
            time.sleep(0.5)
            return (hosts.received() - before) / (time.monotonic() - began)
        finally:
            flood.kill()
            flood.wait()

    # How fast they are back.

    def putBack(self, daemon):
        """Milliseconds, by opsd's own count."""
        before = daemon.ask("events limit=1")["events"][0]["id"]
        self.hosts.nft("flush", "ruleset")
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            for event in daemon.ask("events limit=10")["events"]:
                if event["id"] > before and event["event"] == "enforce_restored":
                    return float(event["details"].rsplit(" in ", 1)[1].split()[0])
            time.sleep(0.01)
        raise TimeoutError("the table was not restored")

    def batch(self, program):
        milliseconds = float(call(*self.hosts.inside(program, str(self.count))))
        self.hosts.nft("delete", "table", "inet", "bare")
        return milliseconds

    def listed(self, daemon):
        """Seconds until a list is in the kernel, after its commit."""
        count = self.stage.size(LIST)
        path = daemon.directory + "/list.txt"
        with open(path, "w") as file:
            for number in range(count):
                file.write(socket.inet_ntoa((0x20000000 + number).to_bytes(4, "big")) + "\n")
        call(self.stage.program("opsctl"), "--socket", daemon.socket, "list", "load", "bench", path)
        began = time.monotonic()
        while not daemon.ask("list show")["lists"][0]["enforced"]:
            time.sleep(0.01)
        return time.monotonic() - began


def kernelSeconds(pid):
    """CPU seconds so far of the thread opsd-kernel."""
    for task in os.listdir(f"/proc/{pid}/task"):
        with open(f"/proc/{pid}/task/{task}/stat") as file:
            name, _, fields = file.read().partition("(")[2].rpartition(")")
        if name == "opsd-kernel":
            ticks = sum(map(int, fields.split()[11:13]))
            return ticks / os.sysconf("SC_CLK_TCK")
    raise ProcessLookupError(f"{pid} has no thread opsd-kernel")


def run(stage):
    if os.geteuid() != 0:
        raise PermissionError("network namespaces need root")
    back = Row(16, "150k bans put back into the kernel", "ms", peerName="a bare libnftnl batch",
               target=atMost(2))
    start = Row(16, "start to READY with 150k bans, in the kernel", "s", peerName="enforce.mode none",
                target=within(1, "s"))
    standing = Row(16, "same, the table of the last run standing", "s", peerName="no table",
                   target=within(1, "s"))
    busy = Row(16, "same, CPU time of opsd-kernel", "s", peerName="no table")
    half = Row(16, "strike to the last packet, p50", "ms", peerName="fail2ban, nftables")
    tail = Row(16, "same, p99", "ms", peerName="fail2ban, nftables")
    rate = Row(16, "bans in the kernel, one connection", "/s", peerName="fail2ban, nftables")
    byNft = Row(16, "same", "/s", peerName="nft add element, a process each")
    plain = Row(16, "same", "/s", peerName="opsd, enforce.mode none")
    few = Row(16, "packets through the host, 1k bans", "/s", peerName="no bans", target=atLeast(0.95))
    full = Row(16, "same, 150k bans", "/s", peerName="no bans", target=atLeast(0.9))
    size = Row(16, "resident, 150k bans in the kernel", "MB", peerName="enforce.mode none")
    listing = Row(16, "a list of 1M in the kernel, after its commit", "s")
    program = stage.fresh("batch") + "/batch"
    call("cc", "-O2", "-o", program, HERE + "/batch.c", "-lmnl", "-lnftnl")
    with Hosts() as hosts, Hosts("free") as free:
        for _ in range(stage.runs):
            trial = Trial(stage, hosts)
            stage.settle()
            (ownHalf, ownTail), (itsHalf, itsTail) = trial.soonOfOpsd(), trial.soonOfFail2ban()
            half.add(ownHalf, itsHalf)
            tail.add(ownTail, itsTail)

            with trial.opsd("none", "none") as daemon:
                bare = trial.many(daemon, trial.count)
                daemon.snapshot()
            quiet = trial.opsd("none", "none", daemon.directory)
            with quiet:
                quietStart = quiet.readySeconds
                time.sleep(4)
                quietSize = quiet.residentBytes / 1e6

            # The kernel makes notices for whoever listens, in any namespace: the opsd without bans,
            # to which packets are compared, is there for nothing else.
            with trial.opsd("enforcing", "nftables") as daemon:
                trial.many(daemon, 1000)
                with Trial(stage, free).opsd("free", "nftables"):
                    few.add(*trial.packets(free))
                own = trial.many(daemon, trial.count, first=1000)
                with Trial(stage, free).opsd("free", "nftables"):
                    full.add(*trial.packets(free))
                back.add(trial.putBack(daemon), trial.batch(program))
                daemon.snapshot()
            hosts.nft("flush", "ruleset")
            again = trial.opsd("enforcing", "nftables", daemon.directory)
            with again:
                start.add(again.readySeconds, quietStart)
                alone = kernelSeconds(again.pid)
                time.sleep(4)
                size.add(again.residentBytes / 1e6, quietSize)
            once = trial.opsd("enforcing", "nftables", again.directory)
            with once:
                standing.add(once.readySeconds, start.opsd[-1])
                busy.add(kernelSeconds(once.pid), alone)
            with again:
                listing.add(trial.listed(again))
            hosts.nft("flush", "ruleset")
            rate.add(own, trial.manyOfFail2ban())
            byNft.add(own, trial.manyOfNft())
            plain.add(own, bare)
            for old in (quiet.directory, again.directory):
                stage.drop(old)
    return [back, start, standing, busy, half, tail, rate, byNft, plain, few, full, size, listing]

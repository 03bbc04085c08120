"""Figure 17: reading logs: lines a second on one core, memory, idle, what an evil line costs, how soon.

  lines      CPU time of `opswatch --replay --dry-run --quiet` over a file, less that over an empty one,
             beside fail2ban's own classes in a process of their own (Debian's filters for both) and
             sshguard's parser.  The logs are one in which nothing matches, one in which every line does,
             and a web server's
  whole way  the same log of strikes into an opsd beside it: time that passes, not CPU
  memory     anonymous memory (RssAnon) of opswatch at rest, with the filter for sshd, and with all of
             Debian's, each with a log of its own
  idle       CPU of a minute in which nothing is written
  evil       lines of 8 KiB made to make patterns go back again and again, with all filters on one log:
             CPU of the slowest, each an average of many of its kind
  how soon   from write(2) of a line to the ban that it makes, as an event of opsd or a line of fail2ban's
             log; one strike bans in both
  packets    from write(2) of a line to the last packet of its address that comes through, in two network
             namespaces as in figure 16; needs root
  journal    resident set after a million entries that came while opswatch was down, in a mount namespace
             with a journal of its own; needs root
"""

import glob
import os
import statistics
import subprocess
import sys
import time

import detect
from figure_enforce import ABUSER, Hosts, Trial
from lines import Lines
from measure import Row, atLeast, reaches, within
from peers import Fail2ban
from stage import HERE

LINES = 2_000_000
PEER_LINES = 20_000
PARSER_LINES = 200_000
ENTRIES = 1_000_000
ROUNDS = 100
# fail2ban takes up to a second each.
PEER_ROUNDS = 20
EVIL = 200
EVIL_BYTES = 8_190
SAMPLES = "/usr/lib/python3/dist-packages/fail2ban/tests/files/logs"


class Reading:
    """Three logs, and who reads them."""

    def __init__(self, stage):
        self.stage, self.program = stage, stage.program("opswatch")
        self.directory = stage.fresh("detect")
        self.counts = [stage.size(count, least=2_000) for count in (LINES, PEER_LINES, PARSER_LINES)]
        sources = {
            "quiet": (detect.quiet, [detect.SSHD], 0),
            "failed": (detect.failed, [detect.SSHD], 1),
            "web": (detect.request, list(detect.NGINX), 0),
        }
        self.sources = {
            name: (self.logs(name, line), specs, share)
            for name, (line, specs, share) in sources.items()
        }
        self.configuration = detect.configure(
            self.directory,
            {name: ([logs[0]], specs) for name, (logs, specs, _) in self.sources.items()})
        empty = detect.log(self.directory + "/empty.log", detect.quiet, 0)
        self.starting = detect.configure(
            stage.fresh("starting"),
            {name: ([empty], specs) for name, (_, specs, _) in self.sources.items()})

    def logs(self, name, line):
        return [
            detect.log(f"{self.directory}/{name}-{count}.log", line, count) for count in self.counts
        ]

    def ours(self, name):
        seconds, lines, strikes = detect.replay(self.program, self.configuration, name)
        if lines != self.counts[0] or strikes != self.sources[name][2] * lines:
            raise ValueError(f"{name}: opswatch read {lines} lines and found {strikes} strikes")
        return lines / (seconds - detect.replay(self.program, self.starting, name)[0])

    def engine(self, name):
        logs, specs, share = self.sources[name]
        seconds, found = detect.engine(logs[1], specs)
        if found < share * self.counts[1]:
            raise ValueError(f"{name}: fail2ban found {found} of {self.counts[1]}")
        return self.counts[1] / seconds

    def parser(self, name):
        logs, _, share = self.sources[name]
        seconds, found = detect.sshguard(logs[2])
        # It refuses an address or two.
        if found < share * 0.99 * self.counts[2]:
            raise ValueError(f"{name}: sshguard found {found} of {self.counts[2]}")
        return self.counts[2] / seconds


def lines(stage):
    reading = Reading(stage)
    rows = []
    for name, what, least, ratio in (
        ("quiet", "log without a match, sshd", 5e6, 50),
        ("failed", "log in which every line matches, sshd", 0.3e6, 7),
        ("web", "access log, three filters for nginx", 3e6, None),
    ):
        target = atLeast(ratio) if ratio else None
        first = Row(17, f"{what}, lines", "/s", peerName="fail2ban", target=target)
        guard = name != "web"
        second = Row(17, "same", "/s", peerName="sshguard" if guard else "", target=reaches(least, "/s"))
        for _ in range(stage.runs):
            own, its = reading.ours(name), reading.engine(name)
            first.add(own, its)
            second.add(own, reading.parser(name) if guard else None)
        rows += [first, second]
    rows.append(wholeWay(stage, reading))
    stage.drop(reading.directory)
    return rows


def wholeWay(stage, reading):
    row = Row(17, "log in which every line matches, into opsd", "/s")
    log = reading.sources["failed"][0][2]
    for _ in range(stage.runs):
        directory = stage.fresh("whole-way")
        sections = detect.rules({"failed": ([log], [detect.SSHD])})
        with stage.opsd("whole-way", directory, **sections) as daemon:
            began = time.monotonic()
            detect.cpu([reading.program, "--replay", "--since", "36500d", "--config",
                        daemon.words[-1], "failed"])
            row.add(reading.counts[2] / (time.monotonic() - began))
        stage.drop(directory)
    return row


# At rest.

class Pair:
    """opsd and an opswatch that has read what there is."""

    def __init__(self, stage, sources, hosts=None, **guard):
        self.directory = stage.fresh("watch")
        sections = detect.rules(
            {name: ([f"{self.directory}/{name}.log"], specs) for name, specs in sources.items()})
        sections["watch"]["strike_private"] = True
        self.logs = [f"{self.directory}/{name}.log" for name in sources]
        for path in self.logs:
            detect.log(path, detect.quiet, 1_000)
        if hosts:
            sections["enforce"] = {"mode": "nftables"}
        self.daemon = stage.opsd("watch", self.directory, guard=guard, **sections)
        if hosts:
            self.daemon.words = hosts.inside(*self.daemon.words)
        self.detector = detect.Opswatch(
            stage.program("opswatch"), self.directory + "/opsd.toml", self.directory + "/detector")

    def __enter__(self):
        self.daemon.start()
        self.detector.start()
        return self

    def fill(self):
        """Lines for every rule, and time to read them."""
        for path in self.logs:
            log = detect.Writer(path)
            for number in range(1_000):
                log.write(detect.failed(number) + detect.request(number))
            log.close()
        time.sleep(5)

    def __exit__(self, *fault):
        self.detector.stop()
        self.daemon.stop()


def rest(stage):
    program = stage.program("opswatch")
    seconds = stage.seconds(60)
    alone = Row(17, "anonymous memory, the filter for sshd", "MB", target=within(6, "MB"))
    names = detect.filters(program, stage.fresh("filters"))
    every = Row(17, f"same, {len(names)} filters, each with its log", "MB", target=within(20, "MB"))
    idle = Row(17, "a minute of idle, CPU", "ms", target=within(30, "ms"))
    for _ in range(stage.runs):
        with Pair(stage, {"sshd": [detect.SSHD]}) as pair:
            pair.fill()
            before = pair.detector.cpuSeconds
            time.sleep(seconds)
            idle.add((pair.detector.cpuSeconds - before) * 1000 * 60 / seconds)
            alone.add(pair.detector.anonymousBytes / 1e6)
        with Pair(stage, {name: [name] for name in names}) as pair:
            pair.fill()
            every.add(pair.detector.anonymousBytes / 1e6)
    return [alone, every, idle]


# Evil lines.

def evil():
    """Lines whose like has stopped others: a few bytes, repeated up to 8 KiB."""
    date = "Nov 28 19:10:12 "
    heads = {
        "blanks": (date + "host sshd[1]: Failed password for ", " "),
        "one letter": (date + "host sshd[1]: Invalid user ", "a"),
        "froms": (date + "host sshd[1]: Failed password for invalid user x", " from 1.2.3.4"),
        "prefixes": ("", date + "host sshd[1]: "),
        "users": (date + "host sshd[1]: Failed publickey for ", "invalid user "),
        "dovecot": (date + "host dovecot: imap-login: Aborted login (auth failed, 1 attempts): user=<", "x, "),
        "domino": ("[1:2-3] 11/28/2026 07:10:12 PM smtp: ", "postmaster [1.2.3.4] authentication failure "),
        "requests": ('1.2.3.4 - - [28/Nov/2026:19:10:12 +0000] "GET /', 'a" 404 "GET /'),
        "errors": ("2026/11/28 19:10:12 [error] 1#1: *1 ", "user \"x\": password mismatch, client: "),
        "apache": ("[Sat Nov 28 19:10:12 2026] [error] [client 1.2.3.4] ", "script not found or unable to stat: "),
        "postfix": (date + "host postfix/smtpd[1]: NOQUEUE: reject: RCPT from ", "x[1.2.3.4]: 554 5.7.1 "),
        "clocks": ("Failed password for ", "19:10:1"),
        "digits": ("authentication failure ", "2026-11-2"),
        "brackets": ("authentication failed for ", "[("),
        "quotes": (date + 'host app: login failed user="', '"\\"'),
        "beyond ASCII": (date + "host sshd[1]: Failed password for ", "\u00e9\u00df "),
    }
    for name, (head, unit) in heads.items():
        text = head + unit * (EVIL_BYTES // len(unit.encode()))
        yield name, text.encode()[:EVIL_BYTES].decode(errors="ignore") + "\n"
    # What every filter looks for, in one line.
    parts = [part for path in sorted(glob.glob(SAMPLES + "/*"))
             if os.path.isfile(path) for part in sample(path)]
    for name, text in (("all at once", "".join(parts)), ("all, dated", date + " ".join(parts))):
        yield name, text.encode()[:EVIL_BYTES].decode(errors="ignore") + "\n"


def sample(path):
    """The last words of the first lines of one of fail2ban's samples."""
    with open(path, errors="ignore") as file:
        lines = [line.strip() for line in file if line[:1] not in "#\n"]
    return [line[-150:] for line in lines[:1]]


def evilLines(stage):
    row = Row(17, "the slowest line of 8 KiB, all filters, CPU", "ms", target=within(2, "ms"))
    program, directory = stage.program("opswatch"), stage.fresh("evil")
    names = detect.filters(program, directory)
    count = stage.size(EVIL, least=20)
    for _ in range(stage.runs):
        times = {}
        for kind, line in [("none", "\n"), *evil()]:
            path = detect.log(directory + "/evil.log", lambda _: line, count)
            configuration = detect.configure(directory, {"evil": ([path], names)})
            seconds, read, _ = detect.replay(program, configuration, "evil")
            if read != count:
                raise ValueError(f"{kind}: opswatch read {read} lines of {count}")
            times[kind] = seconds * 1000 / count
        start = times.pop("none")
        worst = max(times, key=times.get)
        stage.say(f"evil: {worst} {times[worst] - start:.2f} ms")
        row.add(times[worst] - start)
    stage.drop(directory)
    return [row]


# How soon.

def percentile(times, share):
    return sorted(times)[min(len(times) - 1, int(len(times) * share))]


def address(number):
    return f"203.0.113.{number % 250 + 1}"


def ownSoon(stage, rounds):
    times = []
    with Pair(stage, {"sshd": [detect.SSHD]}, strikes=1) as pair:
        events = Lines(pair.daemon.socket)
        events.ask(b"watch\n")
        time.sleep(2)
        log = detect.Writer(pair.directory + "/sshd.log")
        for number in range(rounds):
            wanted = f'"{address(number)}"'.encode()
            began = log.write(detect.line(address(number)))
            while True:
                event = events.reply()
                if wanted in event and b'"ban"' in event:
                    break
            times.append((time.monotonic() - began) * 1000)
            pair.daemon.ask(f"unban {address(number)}")
            time.sleep(0.013)
        log.close()
        events.close()
    return times


def peerSoon(stage, rounds):
    directory = stage.fresh("fail2ban-soon")
    times = []
    server = Fail2ban(directory)
    server.write("fail2ban.local", f"[Definition]\nlogtarget = {directory}/f2b.log\nloglevel = NOTICE\n"
                 f"dbfile = {directory}/f2b.sqlite3\n")
    server.write(
        "jail.local",
        f"[{server.JAIL}]\nenabled = true\nbackend = auto\nfilter = sshd[mode=aggressive]\naction = nothing\n"
        f"logpath = {directory}/empty.log\nmaxretry = 1\nfindtime = 1d\nbantime = 1d\n")
    with server:
        log = detect.Writer(directory + "/empty.log")
        with open(directory + "/f2b.log") as told:
            for number in range(rounds):
                began = log.write(detect.line(address(number)))
                said = ""
                while f"Ban {address(number)}" not in said:
                    said += told.read()
                    if time.monotonic() - began > 30:
                        raise TimeoutError("fail2ban does not ban")
                    time.sleep(0.0005)
                times.append((time.monotonic() - began) * 1000)
        log.close()
    return times


def soon(stage):
    median = Row(17, "a line to its ban, p50", "ms", peerName="fail2ban", target=within(5, "ms"))
    slow = Row(17, "same, p99", "ms", peerName="fail2ban", target=within(60, "ms"))
    rounds, peerRounds = stage.size(ROUNDS, least=10), stage.size(PEER_ROUNDS, least=3)
    pairs = stage.alternate(lambda: ownSoon(stage, rounds), lambda: peerSoon(stage, peerRounds))
    for own, its in pairs:
        median.add(statistics.median(own), statistics.median(its))
        slow.add(percentile(own, 0.99), percentile(its, 0.99))
    return [median, slow]


# The same, to the last packet.

def ownPacket(stage, hosts, trial):
    with Pair(stage, {"sshd": [detect.SSHD]}, hosts, strikes=1, ban_factor=1) as pair:
        time.sleep(2)
        log = detect.Writer(pair.directory + "/sshd.log")
        asks = Lines(pair.daemon.socket)
        found = trial.soon(
            lambda: log.write(detect.line(ABUSER)), lambda: asks.ask(f"unban {ABUSER}\n".encode()),
            trial.rounds)
        asks.close()
        log.close()
    hosts.nft("flush", "ruleset")
    return found


def peerPacket(stage, hosts, trial):
    server = Fail2ban(stage.fresh("fail2ban-packet"))
    server.write(
        "jail.local",
        f"[{server.JAIL}]\nenabled = true\nbackend = auto\nfilter = sshd[mode=aggressive]\n"
        f"action = nftables-allports[protocol=udp]\nlogpath = {server.directory}/empty.log\nmaxretry = 1\n"
        "findtime = 1d\nbantime = 1d\n")
    server.words = hosts.inside(*server.words)
    with server:
        log = detect.Writer(server.directory + "/empty.log")

        def lift():
            words = [*server.client, "set", server.JAIL, "unbanip", ABUSER]
            subprocess.run(words, check=True, capture_output=True)

        found = trial.soon(lambda: log.write(detect.line(ABUSER)), lift, trial.calls)
        log.close()
    hosts.nft("flush", "ruleset")
    return found


def packets(stage):
    median = Row(17, "a line to the last packet, p50", "ms", peerName="fail2ban, nftables",
                 target=within(5, "ms"))
    slow = Row(17, "same, p99", "ms", peerName="fail2ban, nftables", target=within(60, "ms"))
    with Hosts() as hosts:
        for _ in range(stage.runs):
            trial = Trial(stage, hosts)
            (ownHalf, ownTail), (itsHalf, itsTail) = (
                ownPacket(stage, hosts, trial), peerPacket(stage, hosts, trial))
            median.add(ownHalf, itsHalf)
            slow.add(ownTail, itsTail)
    return [median, slow]


# The journal.

def journal(stage):
    row = Row(17, "resident set after a million entries of the journal", "MB", target=within(30, "MB"))
    peak = Row(17, "same, peak", "MB")
    count = stage.size(ENTRIES, least=3_000)
    for _ in range(stage.runs):
        directory = stage.fresh("journal")
        said = subprocess.run(
            ["unshare", "--mount", "--propagation", "private", sys.executable, HERE + "/journal.py",
             stage.program("opsd"), stage.program("opswatch"), directory, str(count)],
            check=True, capture_output=True, text=True).stdout
        resident, most = said.split()
        row.add(float(resident))
        peak.add(float(most))
        stage.drop(directory)
    return [row, peak]


def run(stage):
    rows = lines(stage) + rest(stage) + evilLines(stage) + soon(stage)
    if os.geteuid() != 0:
        stage.say("packets and the journal are not measured: they need root")
        return rows
    return rows + packets(stage) + journal(stage)

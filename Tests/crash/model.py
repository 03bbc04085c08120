"""What clients were told, and what may therefore be found later.

A client works on addresses of its own (10.NUMBER.0.0/16), so its requests alone decide what holds of
them. Each request is a few steps; a step changes one address. Acknowledged steps must be found. Of
those on their way any number from the front may be: the same number for all addresses of the client.
Every ban and strike carries a reason of its own, so an old one that comes back is not taken for the
one that belongs there.

An address is ("ban", reason), ("strikes", reasons) or nothing. Bans of a second or two have addresses
apart (10.NUMBER.200.0 and up), since what holds of them depends on when one looks. Such a ban began
between the moments when it was asked for and answered, or when the connection ended, however busy the
machine was.
"""

import json
import random
import time

STRIKES = 4  # guard.strikes of daemon.CONFIGURATION
FLEETING = 200
GRACE_SECONDS = 1.2


def step(state, verb, reason):
    """An address after one request."""
    if verb == "ban":
        return ("ban", reason)
    is_banned = state is not None and state[0] == "ban"
    if verb == "unban":
        return None if is_banned else state
    if is_banned:
        return state
    if verb == "clear":
        return None
    struck = (state[1] if state else ()) + (reason,)
    return ("ban", reason) if len(struck) == STRIKES else ("strikes", struck)


class Model:
    """The addresses of one client."""

    def __init__(self, number, seed):
        self.prefix = f"10.{number}."
        self.random = random.Random(seed)
        self.told = {}
        self.fleeting = {}  # reason, and when it ends: at the earliest, at the latest
        self.open = []
        self.closed = None  # when the connection ended
        self.asked = []
        self.count = 0

    def ask(self):
        """Makes up a request; its line. It is open until `hear`."""
        line = self.make()
        self.asked.append(self.open[-1])
        return line

    def make(self):
        self.count += 1
        reason = f"{self.prefix}{self.count}"
        draw = self.random.random()
        last = f"{self.random.randrange(2)}.{self.random.randrange(256)}"
        ip = self.prefix + last
        if draw < 0.02:
            ip = f"{self.prefix}{FLEETING}.{self.random.randrange(256)}"
            seconds = self.random.choice((1, 2))
            self.open.append(("fleeting", [ip], reason, (time.time(), seconds)))
            return f"ban {ip} ttl={seconds}s reason={reason}\n"
        if draw < 0.05:
            ips = [f"{self.prefix}0.{host}" for host in self.random.sample(range(256), 3)]
            self.open.append(("ban", ips, reason, None))
            return f"ban {','.join(ips)} ttl=30d reason={reason}\n"
        verb = self.random.choice(("ban", "ban", "unban", "unban", "strike", "strike", "clear"))
        self.open.append((verb, [ip], reason, None))
        words = {"ban": f" ttl=30d reason={reason}", "strike": f" reason={reason}"}.get(verb, "")
        return f"{verb} {ip}{words}\n"

    def hear(self, line):
        """Takes the reply to the oldest open request; what is wrong with it, or nothing."""
        verb, ips, reason, term = self.open.pop(0)
        if verb == "fleeting":
            asked, seconds = term
            self.fleeting[ips[0]] = (reason, asked + seconds, time.time() + seconds)
            return None if line.startswith(b"ok ") else f"{verb} {ips}: {line!r}"
        before = self.told.get(ips[0])
        for ip in ips:
            self.put(self.told, ip, step(self.told.get(ip), verb, reason))
        is_refused = verb == "unban" and (before is None or before[0] != "ban")
        if line.startswith(b"err ") != is_refused or b'"durable":false' in line:
            return f"{verb} {ips} in {before}: {line!r}"
        if verb == "strike" and line.startswith(b"ok "):
            told = json.loads(line[3:])
            held = self.told[ips[0]]
            if told["banned"] != (held[0] == "ban"):
                return f"{verb} {ips} in {before}: {line!r}"
        return None

    def accept_all(self):
        """Every open request was answered as it should be."""
        for verb, ips, reason, term in self.open:
            if verb == "fleeting":
                self.fleeting[ips[0]] = (reason, sum(term), sum(term))
                continue
            for ip in ips:
                self.put(self.told, ip, step(self.told.get(ip), verb, reason))
        self.open = []

    @staticmethod
    def put(held, ip, state):
        if state is None:
            held.pop(ip, None)
        else:
            held[ip] = state

    def compare(self, found, since, now):
        """Whether this client's part of what a daemon held, at some moment from `since` to `now`, may be;
        what is wrong, in words.

        Afterwards the model is what was found, and nothing is open.
        """
        mine, faults = {}, []
        for ip, state in found.items():
            if not ip.startswith(self.prefix):
                continue
            if int(ip.split(".")[2]) >= FLEETING:
                faults += self.look(ip, state, since)
            else:
                mine[ip] = state
        faults += [
            f"{ip}: lost, its ban {reason} has {least - now:.1f} s to go"
            for ip, (reason, least, _) in self.fleeting.items()
            if ip not in found and now < least - GRACE_SECONDS
        ]
        if not self.explains(mine):
            faults += [
                f"{ip}: {mine.get(ip)}, told {self.told.get(ip)}, open "
                + str([(verb, reason) for verb, ips, reason, _ in self.open if ip in ips])
                for ip in sorted(set(mine) | set(self.told))
                if mine.get(ip) != self.told.get(ip)
            ]
        self.told = mine
        self.open = []
        self.closed = None
        return faults

    def look(self, ip, state, since):
        """A short ban that is there: it must be one that was asked for, and not be over."""
        known = [self.fleeting[ip]] if ip in self.fleeting else []
        known += [
            (reason, sum(term), (self.closed or since) + term[1])
            for verb, ips, reason, term in self.open
            if verb == "fleeting" and ips == [ip]
        ]
        for reason, least, most in known:
            if state == ("ban", reason) and since < most + GRACE_SECONDS:
                self.fleeting[ip] = (reason, least, most)
                return []
        return [f"{ip}: {state} at {since:.1f}, known {known}"]

    def explains(self, mine):
        """Whether what was told, and open requests from the front, lead to just this."""
        held = dict(self.told)
        wrong = {ip for ip in set(mine) | set(held) if mine.get(ip) != held.get(ip)}
        if not wrong:
            return True
        for verb, ips, reason, _ in self.open:
            if verb == "fleeting":
                continue
            for ip in ips:
                self.put(held, ip, step(held.get(ip), verb, reason))
                if held.get(ip) == mine.get(ip):
                    wrong.discard(ip)
                else:
                    wrong.add(ip)
                if not wrong:
                    return True
        return False


def compare_all(models, ask):
    """The same for all clients, of what `ask` answers; what belongs to none of them is wrong too."""
    since = time.time()
    found = ask()
    now = time.time()
    prefixes = tuple(model.prefix for model in models)
    faults = [f"{ip}: {found[ip]} of nobody" for ip in found if not ip.startswith(prefixes)]
    for model in models:
        faults += model.compare(found, since, now)
    return faults

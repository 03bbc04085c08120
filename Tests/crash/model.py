"""What clients were told, and what may therefore be found later.

A client works on addresses of its own (10.NUMBER.0.0/16), so its requests alone decide what holds of
them; address.py has the rules. Acknowledged requests must be found carried out. Of those on their way any
number from the front may be: the same number for all addresses of the client. Every ban and strike carries a
reason of its own, so an old one that comes back is not taken for the one that belongs there.

Some strikes come from a log: they have a place in a stream. As a reporter does, the client begins again some
way back after each crash, and sends what it has sent before word for word; now and then in between, too.
What counted once must not count again, and what did not count then does now.

Claims of a second or two have addresses apart (10.NUMBER.200.0 and up), since what holds of them depends on
when one looks. Such a claim began between the moments when it was asked for and answered, or when the
connection ended, however busy the machine was.
"""

import copy
import json
import random
import time

from address import BAN_DAYS, NOTHING, SOURCES, Request, differs, is_refused, perform, rank, steps

FLEETING = 200
FLEETING_ADDRESSES = 32
ADDRESSES = 200
STREAMS = 2
AGAIN = 40  # strikes of a log that are sent again
GRACE_SECONDS = 1.2
VERBS = ("ban",) * 4 + ("strike",) * 4 + ("log",) * 4 + ("unban", "lift", "lift", "clear", "success")


class Model:
    """The addresses and streams of one client."""

    def __init__(self, number, seed):
        self.prefix = f"10.{number}."
        self.random = random.Random(seed)
        self.told = {}
        self.fleeting = {}  # (address, source): reason, and when it ends: at the earliest, at the latest
        self.open = []
        self.closed = None  # when the connection ended
        self.asked = []
        self.count = 0
        self.number = 0  # the last place
        self.sent = []  # the last strikes with a place
        self.again = []  # those of them that are to be sent once more

    def ask(self):
        """Makes up a request; its line. It is open until `hear`."""
        request = self.make()
        self.open.append(request)
        self.asked.append(request)
        return line_of(request)

    def make(self):
        if self.again:
            return self.again.pop(0)
        self.count += 1
        draw, source = self.random.random(), self.random.choice(SOURCES)
        reason = f"{self.prefix}{self.count}-{BAN_DAYS}"
        if draw < 0.02:
            ip = f"{self.prefix}{FLEETING}.{self.random.randrange(FLEETING_ADDRESSES)}"
            term = (time.time(), self.random.choice((1, 2)))
            verb = self.random.choice(("fleeting", "unconfirmed"))
            return Request(verb, (ip,), source, reason, 1, None, term)
        ips = tuple(f"{self.prefix}0.{n}" for n in self.random.sample(range(ADDRESSES), 3))
        if draw < 0.04:
            return Request("ban", ips, source, reason, 1, None, None)
        if draw < 0.045:
            self.again = list(self.sent)
        return self.make_one(ips[:1], source)

    def make_one(self, ips, source):
        """A request for one address."""
        verb, weight, place = self.random.choice(VERBS), 1, None
        days = BAN_DAYS
        if verb == "ban":
            verb = self.random.choice(("ban", "ban", "ban", "wait", "confirm", "exact"))
            days = self.random.choice((10, 20, 30))
        elif verb in ("strike", "log"):
            weight = self.random.choice((1, 1, 1, 2))
        if verb == "log":
            self.number += self.random.choice((1, 1, 16, 10**9))
            place = (f"{self.prefix}log{self.random.randrange(STREAMS)}", self.number)
        if verb == "exact" and source == "dry":
            source = "a"
        verb = "strike" if verb == "log" else verb
        reason = f"{self.prefix}{self.count}-{days}"
        request = Request(verb, ips, source, reason, weight, place, None)
        if place:
            self.sent = [*self.sent[1 - AGAIN :], request]
        return request

    def hear(self, line):
        """Takes the reply to the oldest open request; what is wrong with it, or nothing."""
        request = self.open.pop(0)
        text = line_of(request).strip()
        if request.term:
            asked, seconds = request.term
            ends = (request.reason, asked + seconds, time.time() + seconds)
            self.fleeting[request.ips[0], request.source] = ends
            return None if line.startswith(b"ok ") else f"{text}: {line!r}"
        before = self.told.get(request.ips[0])
        refused = is_refused(self.told, request)
        fault = f"{text} in {before}: {line!r}"
        if line.startswith(b"err ") != refused or b'"durable":false' in line:
            return fault
        told = json.loads(line.split(b" ", 1)[1])
        is_wrong = not refused and len(request.ips) == 1 and differs(self.told, request, told)
        perform(self.told, request)
        return fault if is_wrong else None

    def accept_all(self):
        """Every open request was answered as it should be."""
        for request in self.open:
            if request.term:
                ends = (request.reason, sum(request.term), sum(request.term))
                self.fleeting[request.ips[0], request.source] = ends
            else:
                perform(self.told, request)
        self.open = []

    def copy(self):
        """Another one that knows the same; both go on with the same random numbers."""
        model = copy.copy(self)
        model.told, model.fleeting = dict(self.told), dict(self.fleeting)
        model.again = list(self.again)
        return model

    def compare(self, found, since, now):
        """Whether this client's part of what a daemon held, at some moment from `since` to `now`, may be;
        what is wrong, in words.

        Afterwards the model is what was found, nothing is open, and the log is read again from some way back.
        """
        mine, faults = {}, []
        for key, state in found.held.items():
            if not key.startswith(self.prefix):
                continue
            if key.startswith(f"{self.prefix}{FLEETING}."):
                faults += self.look(key, state, since)
            else:
                mine[key] = state
                if key in found.deciding:
                    faults += decides_wrongly(key, state.claims, found.deciding[key])
        faults += [
            f"{ip}: lost, its ban {reason} has {least - now:.1f} s to go"
            for (ip, source), (reason, least, _) in self.fleeting.items()
            if source not in found.held.get(ip, NOTHING).claims and now < least - GRACE_SECONDS
        ]
        if not self.explains(mine):
            faults += [
                f"{key}: {mine.get(key)}, told {self.told.get(key)}, open "
                + str([line_of(request) for request in self.open if touches(request, key)])
                for key in sorted(set(mine) | set(self.told))
                if mine.get(key) != self.told.get(key)
            ]
        self.told = mine
        self.open = []
        self.closed = None
        self.again = list(self.sent)
        return faults

    def look(self, ip, address, since):
        """Claims of a second or two: each must be one that was asked for, and not be over."""
        faults = [f"{ip}: {address.strikes}"] if address.strikes else []
        for source, (reason, _) in address.claims.items():
            known = [self.fleeting[ip, source]] if (ip, source) in self.fleeting else []
            known += [
                (request.reason, sum(request.term), (self.closed or since) + request.term[1])
                for request in self.open
                if request.term and request.ips == (ip,) and request.source == source
            ]
            ends = next((ends for ends in known if ends[0] == reason), None)
            if ends and since < ends[2] + GRACE_SECONDS:
                self.fleeting[ip, source] = ends
            else:
                faults.append(f"{ip}: {reason} by {source} at {since:.1f}, known {known}")
        return faults

    def explains(self, mine):
        """Whether what was told, and open requests from the front, lead to just this."""
        held = dict(self.told)
        wrong = {key for key in set(mine) | set(held) if mine.get(key) != held.get(key)}
        if not wrong:
            return True
        for request in self.open:
            if request.term:
                continue
            for keys in steps(held, request):
                for key in keys:
                    if held.get(key) == mine.get(key):
                        wrong.discard(key)
                    else:
                        wrong.add(key)
                if not wrong:
                    return True
        return False


def line_of(request):
    """The request as it is sent."""
    verb, ips, source, reason, weight, place, term = request
    target = ",".join(ips)
    by = f" source={source}"
    ttl = f"ttl={reason.rsplit('-', 1)[1]}d"
    match verb:
        case "ban":
            return f"ban {target} {ttl} reason={reason}{by}\n"
        case "wait":
            return f"ban {target} {ttl} confirm=12h reason={reason}{by}\n"
        case "exact":
            return f"ban {target} {ttl} exact=true reason={reason}{by}\n"
        case "fleeting":
            return f"ban {target} ttl={term[1]}s reason={reason}{by}\n"
        case "unconfirmed":
            return f"ban {target} {ttl} confirm={term[1]}s reason={reason}{by}\n"
        case "strike":
            at = f" place={place[0]}:{place[1]}" if place else ""
            return f"strike {target} weight={weight} reason={reason}{by}{at}\n"
        case "lift":
            return f"unban {target}{by}\n"
        case "confirm" | "success":
            return f"{verb} {target}{by}\n"
    return f"{verb} {target}\n"


def touches(request, key):
    return key in request.ips or (request.place is not None and key == request.place[0])


def decides_wrongly(ip, claims, source):
    """A fault if `bans` shows a claim of which another one should be shown."""
    best = max((rank(claims, other) for other in claims), default=None)
    if source in claims and rank(claims, source) == best:
        return []
    return [f"{ip}: {source} decides, of {claims}"]


def compare_all(models, ask):
    """The same for all clients, of what `ask` answers; what belongs to none of them is wrong too."""
    since = time.time()
    found = ask()
    now = time.time()
    prefixes = tuple(model.prefix for model in models)
    faults = [
        f"{key}: {found.held[key]} of nobody" for key in found.held if not key.startswith(prefixes)
    ]
    for model in models:
        faults += model.compare(found, since, now)
    return faults

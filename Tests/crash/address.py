"""What an address and a reporter's stream are after one request: the rules of bans and strikes, in short.

An address has claims, one a source: {source: (reason, whether it waits to be confirmed)}; and strikes, oldest
first: (reason, source, weight). How many days a claim lasts once it is confirmed stands at the end of its
reason, so that whoever finds it knows. A stream is the number of the last strike that counted in it.
"""

from collections import namedtuple

SHARED = ("a", "b")  # strikes of these count together
DRY = ("dry",)  # guard.dry_run_sources; each counts by itself
SOURCES = (*SHARED, *DRY, "own")  # [guard.source.own]
STRIKES = {"own": 3}  # [guard.source.own] strikes
SHARED_STRIKES = 4  # guard.strikes
BAN_DAYS = 30  # guard.ban
WAIT_DAYS = 0.5  # shorter than any claim that does not wait: how long one waits for its confirmation

CONFIGURATION = f"""
[guard]
strikes = {SHARED_STRIKES}
window = "30d"
ban = "{BAN_DAYS}d"
dry_run_sources = ["dry"]
[guard.source.own]
strikes = {STRIKES["own"]}
"""

Address = namedtuple("Address", "claims strikes")
NOTHING = Address({}, ())

# place: (stream, number) of a strike, or None; weight: of a strike.
# term: of a fleeting ban, when it was asked for and for how many seconds.
Request = namedtuple("Request", "verb ips source reason weight place term")


def counts_with(source, other):
    """Whether strikes of both count together."""
    return source == other or (source in SHARED and other in SHARED)


def days_of(claim):
    """How long a claim lasts, of what it is known to last."""
    reason, is_waiting = claim
    return WAIT_DAYS if is_waiting else int(reason.rsplit("-", 1)[1])


def rank(claims, source):
    """What decides between claims: the larger one."""
    return (source not in DRY, days_of(claims[source]))


def is_enforced(claims):
    return any(source not in DRY for source in claims)


def is_held(claims, source):
    """Whether the address is banned for what this source reports."""
    return any(other not in DRY and counts_with(source, other) for other in claims)


def without(strikes, source):
    """Those that do not count with this source's."""
    return tuple(strike for strike in strikes if not counts_with(source, strike[1]))


def struck(address, request):
    """An address after a strike that counts."""
    claims, strikes = address
    source, held = request.source, request.weight
    held += sum(weight for _, other, weight in strikes if counts_with(source, other))
    if held < STRIKES.get(source, SHARED_STRIKES):
        return Address(claims, (*strikes, (request.reason, source, request.weight)))
    return Address({**claims, source: (request.reason, False)}, without(strikes, source))


def changed(address, request):
    """An address after a request, which is not a strike."""
    (claims, strikes), source = address, request.source
    match request.verb:
        case "ban" | "wait":
            claim = (request.reason, request.verb == "wait")
            return Address({**claims, source: claim}, without(strikes, source))
        case "exact":
            return Address({source: (request.reason, False)}, ())
        case "unban":
            return NOTHING if claims else address
        case "lift":
            if source not in claims:
                return address
            left = {other: claim for other, claim in claims.items() if other != source}
            return Address(left, tuple(strike for strike in strikes if strike[1] != source))
        case "confirm":
            if source not in claims:
                return address
            return Address({**claims, source: (claims[source][0], False)}, strikes)
        case "clear":
            return Address(claims, ())
        case "success":
            return Address(claims, without(strikes, source))


def is_repeated(held, request):
    return request.place is not None and request.place[1] <= held.get(request.place[0], -1)


def counts(held, request):
    """Whether a strike counts: neither repeated nor of an address that is banned for it."""
    return not is_repeated(held, request) and not is_held(held.get(request.ips[0], NOTHING).claims, request.source)


def perform(held, request):
    """Carries a request out on {address or stream: what it is}."""
    for _ in steps(held, request):
        pass


def steps(held, request):
    """The same, one record of the log after the other; a power cut may come between. What each touched."""
    if request.verb != "strike":
        for ip in request.ips:
            put(held, ip, changed(held.get(ip, NOTHING), request))
            yield (ip,)
    elif counts(held, request):
        ip = request.ips[0]
        put(held, ip, struck(held.get(ip, NOTHING), request))
        if request.place:
            held[request.place[0]] = request.place[1]
            yield (ip, request.place[0])
        else:
            yield (ip,)
    elif request.place and not is_repeated(held, request):
        # It must not count when it is repeated.
        held[request.place[0]] = request.place[1]
        yield (request.place[0],)


def put(held, ip, address):
    if address == NOTHING:
        held.pop(ip, None)
    else:
        held[ip] = address


def is_refused(held, request):
    """Whether the answer is `err`."""
    claims = held.get(request.ips[0], NOTHING).claims
    match request.verb:
        case "unban":
            return not claims
        case "lift":
            return request.source not in claims
        case "confirm":
            return request.source not in claims or not claims[request.source][1]
    return False


def differs(held, request, told):
    """What is wrong with the answer to a request for one address, or nothing."""
    claims = held.get(request.ips[0], NOTHING).claims
    after = dict(held)
    perform(after, request)
    left = after.get(request.ips[0], NOTHING)
    match request.verb:
        case "strike":
            wanted = {
                "banned": is_enforced(left.claims),
                "counted": counts(held, request),
                "repeated": is_repeated(held, request),
            }
            found = {
                "banned": told["banned"],
                "counted": told.get("counted", True),
                "repeated": told.get("repeated", False),
            }
            return wanted != found
        case "unban":
            return set(told["sources"]) != set(claims)
        case "lift":
            return told["sources"] != [request.source]
        case "exact":
            return set(told.get("dropped_sources", [])) != set(claims) - {request.source}
        case "ban" | "wait":
            mine = rank(left.claims, request.source)
            others = [rank(left.claims, s) for s in left.claims if s != request.source]
            best = max((other for other in others if other[0]), default=(False, 0))
            # Of two that last the same number of days either may end first.
            if best[0] and best > mine and "held_by" not in told:
                return True
            return best < mine and "held_by" in told
    return False

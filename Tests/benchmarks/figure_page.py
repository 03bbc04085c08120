"""Figure 19: from `incident raise` to the phone, and what opspager costs while nothing happens.

opsd and opspager as they are, with the stand-ins of Tests/pager on loopback: a Telegram, and a mail server
with STARTTLS and login. Twenty critical incidents a minute, as many as a channel takes one by one, for three
minutes; a page counts as there when its receiver has all of it, which is before opspager knows. The clock
begins before the request is written. The receivers run in this process, on the same two cores.
"""

import email
import email.policy
import json
import os
import re
import sys
import time

from lines import Lines
from measure import Row, within
from process import Server

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../pager"))

PER_MINUTE = 20
SECONDS = 180
IDLE_SECONDS = 60
MEGABYTE = 1e6
RULES = ("health", "cpu_high", "memory_high", "memory_low", "disk_high", "disk_low")


def run(stage):
    import standins  # aiosmtpd: only this figure needs it

    rows = {}
    for channel, name in (("chat", "Telegram"), ("mail", "mail, STARTTLS and login")):
        for share, target in ((50, None), (99, within(1000, "ms"))):
            what = f"raise to {name}, p50" if share == 50 else "same, p99"
            rows[channel, share] = Row(19, what, "ms", target=target)
    idle = Row(19, "a minute of idle, CPU of opspager", "ms")
    beside = Row(19, "same, of opsd beside it", "ms")
    size = Row(19, "resident set of opspager", "MB")
    own = Row(19, "same, what is its own", "MB")
    for _ in range(stage.runs):
        with Pages(stage, standins) as pages:
            for channel, delays in pages.raised(stage.seconds(SECONDS, least=6)).items():
                for share in (50, 99):
                    rows[channel, share].add(percentile(delays, share) * 1000)
            seconds = stage.seconds(IDLE_SECONDS)
            time.sleep(5)
            before = pages.pager.cpuSeconds, pages.daemon.cpuSeconds
            time.sleep(seconds)
            after = pages.pager.cpuSeconds, pages.daemon.cpuSeconds
            for row, early, late in zip((idle, beside), before, after):
                row.add((late - early) * 1000 * 60 / seconds)
            size.add(pages.pager.residentBytes / MEGABYTE)
            own.add(pages.pager.anonymousBytes / MEGABYTE)
    return [*rows.values(), idle, beside, size, own]


def percentile(values, share):
    """The smallest value that `share` per cent of them do not exceed."""
    return sorted(values)[-(-len(values) * share // 100) - 1]


def number(text):
    """The incident that a page is about; 0: it is not about one."""
    match = re.search(r"^Incident: (\d+)", text, re.M)
    return int(match[1]) if match else 0


class Pages:
    """opsd, opspager and the receivers."""

    def __init__(self, stage, standins):
        directory = stage.fresh("page")
        cert, key = standins.certificate(directory)
        self.chat, self.mail = standins.Telegram(), standins.Mail(cert, key)
        self.letters = {}
        receive = self.mail.handle_DATA

        async def timed(server, session, envelope):
            letter = email.message_from_bytes(envelope.original_content, policy=email.policy.default)
            self.letters.setdefault(number(letter.get_content()), time.time())
            return await receive(server, session, envelope)

        self.mail.handle_DATA = timed
        for name, secret in (("token", "1:secret"), ("password", "hunter2")):
            with open(os.open(f"{directory}/{name}", os.O_WRONLY | os.O_CREAT, 0o600), "w") as file:
                file.write(secret + "\n")
        self.daemon = stage.opsd("page", directory, **{
            "pager.channel.chat": {
                "kind": "telegram", "api_base": self.chat.url, "chat_id": "1",
                "token_file": directory + "/token"},
            "pager.channel.mail": {
                "kind": "smtp", "host": "localhost", "port": self.mail.port, "user": "alerts",
                "password_file": directory + "/password", "ca_file": cert, "from": "opsd@example.org",
                "to": ["ops@example.org"]},
            "pager.route.critical": {"channels": ["chat", "mail"]},
            # A busy machine must not page beside what is measured.
            "incidents.rules": {rule: "off" for rule in RULES},
        })
        self.pager = Server(
            [stage.program("opspager"), "--config", directory + "/opsd.toml"], directory)

    def raised(self, seconds):
        """Raises incidents at an even pace; the delays of each channel, in seconds."""
        period = 60 / PER_MINUTE
        lines, begun = Lines(self.daemon.socket), {}
        start = time.time()
        for place in range(int(seconds / period)):
            time.sleep(max(0, start + place * period - time.time()))
            at = time.time()
            reply = lines.ask(b'incident raise severity=critical source=bench key=k%d msg="k%d is down"\n'
                              % (place, place))
            if not reply.startswith(b"ok "):
                raise ValueError(reply[:300])
            begun[json.loads(reply[3:])["id"]] = at
        lines.close()
        deadline = time.time() + 90
        while time.time() < deadline:
            found = {"chat": self.messages(), "mail": dict(self.letters)}
            if all(begun.keys() <= arrivals.keys() for arrivals in found.values()):
                break
            time.sleep(0.1)
        # Whatever did not come counts as 90 s.
        return {
            name: [arrivals.get(incident, deadline) - at for incident, at in begun.items()]
            for name, arrivals in found.items()
        }

    def messages(self):
        """When each incident was told to Telegram."""
        arrivals = {}
        for request in list(self.chat.requests):
            text = json.loads(request["body"])["text"]
            arrivals.setdefault(number(text), request["at"])
        return arrivals

    def __enter__(self):
        self.daemon.start()
        self.pager.start()
        deadline = time.time() + 20
        while not self.daemon.status()["satellites"]:
            if time.time() > deadline:
                self.pager.fail()
            time.sleep(0.05)
        return self

    def __exit__(self, *_):
        self.pager.stop()
        self.daemon.stop()
        self.chat.stop()
        self.mail.stop()

#!/usr/bin/env python3
"""kill -9 of opsd and opspager at random moments while incidents come and go: does every page arrive?

Five new critical incidents a second, 45 repeats of open ones, each resolved after 30 s; a mail server with STARTTLS and
login, and a stand-in for Telegram that is well or answers 400, 429, 500, hangs, closes, or closes after it has
taken the message. When all is quiet, what both channels got is compared with what opsd says it told, and that with
what was acknowledged: each incident by itself, or named or counted in a digest, and each count exact.

usage: kill.py DIRECTORY-OF-PROGRAMS KILLS SEED       KILLS of each program; prints TAP
"""

import base64
import collections
import email
import email.policy
import json
import os
import random
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

import standins

NEW_A_SECOND, REPEATS_A_SECOND, LIFE_SECONDS = 5, 45, 30
QUIET_SECONDS = 420
MARK = " (may repeat)"

CONFIGURATION = """\
[paths]
socket = "{directory}/opsd.sock"
state = "{directory}/state"
log = "{directory}/log"
[enforce]
mode = "none"
[incidents.rules]
{rules}
[pager.channel.chat]
kind = "telegram"
api_base = "{chat}"
chat_id = "1"
token_file = "{directory}/token"
[pager.channel.mail]
kind = "smtp"
host = "localhost"
port = {port}
user = "alerts"
password_file = "{directory}/password"
ca_file = "{directory}/cert.pem"
from = "opsd@example.org"
to = ["ops@example.org"]
[pager.route.critical]
channels = ["chat", "mail"]
"""


class Chat(standins.Telegram):
    """Telegram on a bad day."""

    def __init__(self, seed):
        super().__init__()
        self.random = random.Random(seed)

    def serve(self, handler):
        # A message with entities may be refused; the same without them is taken.
        self.has_entities = False
        super().serve(handler)

    def well(self):
        number = 1001 + len(self.requests)
        fate = self.random.random()
        if fate < 0.05:
            return self.error(429, "Too Many Requests", retry_after=self.random.randint(1, 3))
        if fate < 0.10:
            return 500
        if fate < 0.13:
            return "close"
        if fate < 0.16:
            return "late"
        if fate < 0.17:
            return "hang"
        return 200, {"ok": True, "result": {"message_id": number}}

    def delivered(self):
        """Texts that were taken, in order, with the number that was given for each; None: the answer was lost."""
        taken = []
        for request in self.requests:
            answer = request["answer"]
            if answer == "late":
                taken.append((None, json.loads(request["body"])["text"]))
            elif isinstance(answer, tuple) and answer[0] == 200:
                taken.append((answer[1]["result"]["message_id"], json.loads(request["body"])["text"]))
        return taken


class Client:
    """A line to opsd that comes back after each of its ends."""

    def __init__(self, path):
        self.path, self.socket, self.file = path, None, None

    def ask(self, line, seconds=30):
        """The answer; None: it was lost, or opsd is not there."""
        try:
            if self.socket is None:
                self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
                self.socket.settimeout(seconds)
                self.socket.connect(self.path)
                self.file = self.socket.makefile("rb")
            self.socket.sendall(line.encode() + b"\n")
            answer = self.file.readline()
            if answer.endswith(b"\n"):
                word, _, members = answer.partition(b" ")
                return {"ok": word == b"ok"} | (json.loads(members) if members.strip() else {})
        except OSError:
            pass
        self.close()
        return None

    def close(self):
        if self.socket is not None:
            self.socket.close()
        self.socket = None

    def pages(self, line, rows, after="after"):
        """All rows of a command that answers in pages."""
        found, begin = [], ""
        while True:
            answer = self.ask(line + begin)
            if answer is None or not answer.get("ok"):
                raise RuntimeError(f"{line}: {answer}")
            found += answer[rows]
            if not answer.get("next"):
                return found
            begin = f" {after}={answer['next']}"


class Program:
    """A process that is killed and started again."""

    def __init__(self, path, directory, waits):
        self.path, self.directory, self.waits = path, directory, waits
        self.process = None
        self.out = open(f"{directory}/{os.path.basename(path)}.out", "ab")

    def start(self):
        environment = {k: v for k, v in os.environ.items() if k not in ("NOTIFY_SOCKET", "SYSTEMD_EXEC_PID")}
        self.process = subprocess.Popen(
            [self.path, "--config", f"{self.directory}/opsd.toml"], stdin=subprocess.DEVNULL, stdout=self.out,
            stderr=self.out, env=environment)

    def kill(self):
        if self.process.poll() is not None:
            raise RuntimeError(f"{self.path} ended by itself with {self.process.returncode}")
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()


class Load:
    """Incidents: what was asked, and what was acknowledged."""

    def __init__(self, client, seed):
        self.client, self.random = client, random.Random(seed)
        self.acknowledged = collections.Counter()
        self.lost = collections.Counter()
        self.numbers = {}  # key -> incident
        self.open = []  # (key, when to resolve)
        self.made = 0

    def raises(self, key):
        answer = self.client.ask(f'incident raise severity=critical source=load key={key} msg="{key} is down"')
        if answer is None:
            self.lost[key] += 1
            return False
        if not answer.get("ok"):
            raise RuntimeError(f"raise: {answer}")
        self.acknowledged[key] += 1
        self.numbers[key] = answer["incident"] if "incident" in answer else answer["id"]
        return True

    def second(self, now):
        for _ in range(NEW_A_SECOND):
            key = f"k{self.made}"
            self.made += 1
            # Whoever gets no answer asks again, as a script would.
            while not self.raises(key):
                time.sleep(0.02)
            self.open.append((key, now + LIFE_SECONDS))
        for _ in range(REPEATS_A_SECOND):
            self.raises(self.random.choice(self.open)[0])
        self.end(now)

    def end(self, now):
        while self.open and self.open[0][1] <= now:
            key, _ = self.open[0]
            answer = self.client.ask(f"incident resolve {self.numbers[key]}")
            if answer is None:
                return
            self.open.pop(0)


def run(programs, kills, seed):
    directory = tempfile.mkdtemp(prefix="opsd-pages-")
    chance = random.Random(seed)
    cert, key = standins.certificate(directory)
    for name, text in (("token", "1:secret"), ("password", "hunter2")):
        with open(f"{directory}/{name}", "w", opener=lambda path, flags: os.open(path, flags, 0o600)) as file:
            file.write(text + "\n")
    chat, mail = Chat(seed), standins.Mail(cert, key)
    with open(f"{directory}/opsd.toml", "w") as file:
        file.write(CONFIGURATION.format(
            directory=directory, chat=chat.url, port=mail.port,
            rules="\n".join(f'{rule} = "off"' for rule in RULES)))
    opsd = Program(f"{programs}/opsd", directory, None)
    pager = Program(f"{programs}/opspager", directory, None)
    client = Client(f"{directory}/opsd.sock")
    load = Load(client, seed)
    faults = []
    killed = collections.Counter()
    try:
        opsd.start()
        while client.ask("version") is None:
            time.sleep(0.02)
        pager.start()
        began = time.monotonic()
        tick, next_kill = began, began + 1
        # Load and kills from one thread: a kill hits whatever the other two are doing.
        while sum(killed.values()) < 2 * kills:
            load.second(time.monotonic())
            while time.monotonic() < tick + 1 and sum(killed.values()) < 2 * kills:
                time.sleep(chance.uniform(0, 0.05))
                if time.monotonic() >= next_kill:
                    program = opsd if killed["opsd"] <= killed["opspager"] else pager
                    program.kill()
                    time.sleep(chance.uniform(0, 0.2))
                    program.start()
                    killed[os.path.basename(program.path)] += 1
                    next_kill = time.monotonic() + chance.uniform(0.05, 1.5)
            tick += 1
        loaded = time.monotonic() - began
        end = time.monotonic() + QUIET_SECONDS
        while load.open and time.monotonic() < end:
            load.end(time.monotonic())
            time.sleep(0.2)
        items, incidents = settle(client, end, faults)
        faults += compare(load, items, incidents, chat, mail)
        if faults:
            print("# kept: " + directory, file=sys.stderr)
        else:
            shutil.rmtree(directory, ignore_errors=True)
        counts = (f"{killed['opsd']} and {killed['opspager']} kills in {loaded:.0f} s; {len(load.numbers)} incidents,"
                  f" {sum(load.acknowledged.values())} raises acknowledged, {sum(load.lost.values())} without an"
                  f" answer; chat took {len(chat.delivered())} of {len(chat.requests)} messages, mail"
                  f" {len(mail.letters)} letters")
    finally:
        for program in (pager, opsd):
            if program.process and program.process.poll() is None:
                program.process.kill()
                program.process.wait()
        chat.stop()
        mail.stop()
    return faults, counts


def settle(client, end, faults):
    """Until nothing is to be sent any more; what opsd says then."""
    while time.monotonic() < end:
        try:
            items = client.pages("work list stage=open", "items")
            incidents = client.pages("incidents state=all limit=1000", "incidents")
            waits = [i for i in incidents for page in shown(client, i)["pages"] if page["end"] is None]
            if not items and not waits:
                return client.pages("work list stage=all", "items"), [shown(client, i) for i in incidents]
        except RuntimeError:
            pass
        time.sleep(1)
    faults.append("pages still wait when all should be quiet")
    return client.pages("work list stage=all", "items"), [shown(client, i) for i in incidents]


def shown(client, incident):
    answer = client.ask(f"incident show {incident['id']}")
    if answer is None:
        raise RuntimeError("opsd did not answer")
    return answer


def compare(load, items, incidents, chat, mail):
    faults = []
    by_id = {incident["id"]: incident for incident in incidents}
    done = {item["id"]: item for item in items}
    for key, number in load.numbers.items():
        if number not in by_id:
            faults.append(f"{key}: incident {number} was acknowledged, and is not there")
            continue
        raises = sum(i["count"] for i in incidents if i.get("key") == key)
        least, most = load.acknowledged[key], load.acknowledged[key] + load.lost[key]
        if not least <= raises <= most:
            faults.append(f"{key}: raised {least} to {most} times, and {raises} are counted")
    faults += channel("chat", incidents, done, chat_messages(chat))
    faults += channel("mail", incidents, done, mail_messages(mail))
    return faults


def chat_messages(chat):
    """[(identity, receipt, text)] of what was taken."""
    return [(text.replace(MARK, ""), number and str(number), text) for number, text in chat.delivered()]


def mail_messages(mail):
    messages = []
    for _, _, content in mail.letters:
        letter = email.message_from_bytes(content, policy=email.policy.default)
        if letter.defects:
            raise RuntimeError(f"a letter with defects: {letter.defects}")
        messages.append((letter["Message-ID"], None, letter.get_content().replace("\r\n", "\n")))
    return messages


def channel(name, incidents, items, messages):
    faults = []
    seen = collections.Counter()
    for identity, _, text in messages:
        seen[identity] += 1
        if seen[identity] > 1 and MARK not in text:
            faults.append(f"{name}: told twice and not marked: {identity[:120]!r}")
    alone, digests = collections.Counter(), []
    for _, _, text in messages:
        match = re.search(r"^Incident: (\d+)$", text, re.M)
        if match:
            alone[int(match[1])] += 1
        elif re.search(r"^\S+ \d+ INCIDENTS?\b", text):
            digests.append((int(re.search(r"(\d+) INCIDENT", text)[1]),
                            {int(n) for n in re.findall(r"^(\d+) (?:CRITICAL|WARNING|INFO) ", text, re.M)}
                            | {int(n) for line in re.findall(r"^among them: (.*)$", text, re.M)
                               for n in line.split(", ")}))
    in_digest = collections.defaultdict(set)
    for incident in incidents:
        marks = [page for page in incident["pages"] if page["channel"] == name]
        told = [page for page in marks if page["end"] in ("sent", "digest")]
        if not told:
            faults.append(f"{name}: incident {incident['id']} was never told: {marks}")
        for page in told:
            if page["end"] == "sent" and not alone[incident["id"]]:
                faults.append(f"{name}: incident {incident['id']}: {page} and no such message arrived")
            if page["end"] == "digest":
                in_digest[page["work"]].add(incident["id"])
    for item, covered in in_digest.items():
        if len(covered) == 1 and alone[min(covered)]:
            continue  # a digest of one is a page like any other
        if not any(total == len(covered) and named <= covered and len(named) == min(50, total)
                   for total, named in digests):
            near = [(total, len(named - covered), len(covered & named)) for total, named in digests if covered & named]
            faults.append(f"{name}: digest {item} tells {len(covered)} incidents, and none like it arrived: {near}")
    named = set().union(*(named for _, named in digests)) if digests else set()
    everyone = {incident["id"] for incident in incidents}
    silent = everyone - set(alone) - named
    counted = sum(total - len(named) for total, named in digests)
    if len(silent) > counted:
        faults.append(f"{name}: {len(silent)} incidents were not named, and digests count {counted} more")
    return faults


RULES = ["health", "cpu_high", "memory_high", "memory_low", "disk_high", "disk_low", "mount_stale", "table_full",
         "slo_burn", "slo_burn_slow", "slo_latency", "gate_closed", "store_degraded", "enforce_failed",
         "satellite_silent", "no_worker", "channel_parked"]


def main():
    programs, kills, seed = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    print("1..1")
    faults, counts = run(programs, kills, seed)
    for fault in faults[:40]:
        print(f"# {fault}")
    print(f"{'not ok' if faults else 'ok'} 1 - {counts}, seed {seed}")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())

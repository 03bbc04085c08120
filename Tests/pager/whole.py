"""whole.py DIRECTORY: opsd and opspager as they are, with those whom pages go to on loopback.

The programs are in DIRECTORY. An item of work is made by `pager test`, which goes the way of every page.
"""

import json
import os
import subprocess
import sys
import tempfile
import time

from case import Pager, case, expect, run_all, same, until
from standins import Mail, Telegram, certificate

programs = sys.argv[1]
certificates = tempfile.TemporaryDirectory(prefix="pager-cert.", dir="/tmp")
cert, key = certificate(certificates.name)


class Whole(Pager):
    """An opsd in place of the small one."""

    def __init__(self, channels):
        super().__init__(f"{programs}/opspager", "", starts=False)
        self.opsd.close()
        for name in ("state", "log-opsd"):
            os.mkdir(f"{self.directory}/{name}", 0o700)
        with open(f"{self.directory}/opsd.toml", "w") as file:
            file.write(f'[paths]\nsocket = "{self.directory}/opsd.sock"\nstate = "{self.directory}/state"\n'
                       f'log = "{self.directory}/log-opsd"\n[enforce]\nmode = "none"\n'
                       + channels.replace("@/", self.directory + "/"))
        self.daemon = None
        self.start_opsd()
        self.start()

    def start_opsd(self):
        self.daemon = subprocess.Popen(
            [f"{programs}/opsd", "--config", f"{self.directory}/opsd.toml"],
            stderr=open(f"{self.directory}/opsd.log", "ab"))
        until(lambda: os.path.exists(f"{self.directory}/opsd.sock"), what="opsd starts")

    def kill_opsd(self):
        self.daemon.kill()
        self.daemon.wait()

    def ctl(self, *words):
        done = subprocess.run(
            [f"{programs}/opsctl", "--socket", f"{self.directory}/opsd.sock", "--json", *words], text=True,
            capture_output=True, timeout=20)
        expect(done.returncode == 0, words, done.stderr, done.stdout)
        return json.loads(done.stdout)

    def test(self, channel):
        return self.ctl("pager", "test", channel)["item"]

    def stage(self, item):
        return self.ctl("work", "show", str(item))["stage"]

    def is_done(self, item):
        return self.stage(item) == "done"

    def channel(self, name):
        return next(row for row in self.ctl("pager", "status")["channels"] if row["name"] == name)

    def __exit__(self, kind, *rest):
        if kind:
            with open(f"{self.directory}/opsd.log") as file:
                print("".join(f"# {line}" for line in file.readlines()[-20:]), end="")
        self.daemon.kill()
        self.daemon.wait()
        super().__exit__(kind, *rest)


def telegram(server):
    return (f'[pager.channel.tg]\nkind = "telegram"\nchat_id = "-100123"\ntoken_file = "@/token"\n'
            f'api_base = "{server.url}"\n')


def mail(server):
    return (f'[pager.channel.mail]\nkind = "smtp"\nhost = "localhost"\nport = {server.port}\n'
            f'from = "alerts@example.org"\nto = ["ops@example.org"]\nca_file = "{cert}"\n'
            'user = "alerts"\npassword_file = "@/password"\n')


@case
def a_page_goes_all_the_way():
    """From pager test to a phone and a mailbox; work and pager status tell of it"""
    tg, server = Telegram(), Mail(cert, key)
    with Whole(telegram(tg) + mail(server)) as pager:
        for channel in ("tg", "mail"):
            item = pager.test(channel)
            until(lambda: pager.is_done(item), what=f"{channel}: {pager.ctl('work', 'why', str(item))}")
        same(len(tg.requests), 1)
        same(len(server.letters), 1)
        until(lambda: pager.channel("tg")["state"] == "ok", 15, "pager status")
        same(pager.ctl("work", "show", str(item))["receipt"][:6], "<opsd.")
        satellites = pager.ctl("status")["satellites"]
        same([(one["name"], one["connections"]) for one in satellites if one["name"] == "opspager"],
             [("opspager", 2)])
    server.stop()


@case
def errors_are_in_the_providers_words():
    """A channel that fails: its class, its words in work why and in pager status"""
    tg = Telegram()
    tg.answers += [Telegram.error(403, "Forbidden: bot was blocked by the user")]
    with Whole(telegram(tg)) as pager:
        item = pager.test("tg")
        until(lambda: pager.stage(item) == "failed", what=pager.stage(item))
        why = pager.ctl("work", "why", str(item))
        expect("blocked by the user" in json.dumps(why), why)
        until(lambda: "blocked by the user" in (pager.channel("tg")["last_error"] or ""), 15)


@case
def kill_of_the_pager():
    """kill -9 of opspager while an answer is awaited: sent again, and marked"""
    tg = Telegram()
    tg.answers += ["hang"]
    with Whole(telegram(tg)) as pager:
        item = pager.test("tg")
        expect(tg.wait(1))
        pager.kill()
        pager.start()
        # A lease that has begun is kept for its time, for its holder to come back.
        until(lambda: pager.is_done(item), 40, "it is sent again")
        same(len(tg.requests), 2)
        expect(tg.messages[1]["text"].splitlines()[0].endswith("(may repeat)"), tg.messages)


@case
def kill_of_opsd():
    """kill -9 of opsd while a message is under way: the next opsd is told what became of it"""
    tg = Telegram()
    tg.answers += ["hang"]
    with Whole(telegram(tg)) as pager:
        item = pager.test("tg")
        expect(tg.wait(1))
        pager.kill_opsd()
        pager.start_opsd()
        time.sleep(1)
        tg.release.set()
        # Its answer was lost: it is sent again, marked, and long before its lease would have ended.
        until(lambda: pager.is_done(item), 10, "it is sent again")
        same([message["text"].splitlines()[0].endswith("(may repeat)") for message in tg.messages], [False, True])


@case
def pages_are_quick():
    """Twenty pages, one after the other: each is there well within a second"""
    tg = Telegram()
    with Whole(telegram(tg)) as pager:
        until(lambda: pager.ctl("status")["satellites"])
        delays = []
        for number in range(20):
            started = time.time()
            pager.test("tg")
            expect(tg.wait(number + 1))
            delays.append(tg.requests[-1]["at"] - started)
        print(f"# pages: {sorted(delays)[10] * 1000:.0f} ms at the median, {max(delays) * 1000:.0f} ms at most")


run_all()

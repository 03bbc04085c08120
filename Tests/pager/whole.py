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


NAMESPACE = ["unshare", "--mount"] if os.getuid() == 0 else ["unshare", "--map-root-user", "--mount"]


class Whole(Pager):
    """An opsd in place of the small one."""

    def __init__(self, channels, state_bytes=None):
        super().__init__(f"{programs}/opspager", "", starts=False)
        self.state_bytes = state_bytes
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
        words = [f"{programs}/opsd", "--config", f"{self.directory}/opsd.toml"]
        if self.state_bytes:
            # A disk of its own, which nobody else sees.
            mount = f'mount -t tmpfs -o size={self.state_bytes},mode=0700 none {self.directory}/state && exec "$@"'
            words = [*NAMESPACE, "sh", "-c", mount, "sh", *words]
        self.daemon = subprocess.Popen(words, stderr=open(f"{self.directory}/opsd.log", "ab"))
        until(lambda: os.path.exists(f"{self.directory}/opsd.sock"), what="opsd starts")

    def fill_disk(self):
        """Takes all room on the disk of opsd's own, but for what the log has reserved; returns the file."""
        path = f"/proc/{self.daemon.pid}/root{self.directory}/state/filler"
        with open(path, "wb", buffering=0) as file:
            for size in (1 << 16, 1 << 12):
                try:
                    while file.write(bytes(size)) == size:
                        pass
                except OSError:
                    pass
        return path

    def kill_opsd(self):
        self.daemon.kill()
        self.daemon.wait()

    def ctl(self, *words, undurable=False):
        """The object of a reply; `undurable`: it may say that a crash would undo it."""
        done = subprocess.run(
            [f"{programs}/opsctl", "--socket", f"{self.directory}/opsd.sock", "--json", *words], text=True,
            capture_output=True, timeout=20)
        expect(done.returncode == 0 or undurable and '"durable":false' in done.stdout, words, done.stderr, done.stdout)
        return json.loads(done.stdout)

    def is_durable(self):
        """Whether the store takes what is told to it."""
        return self.ctl("ban", "203.0.113.9", "ttl=1m", undurable=True).get("durable", True)

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


@case
def a_page_while_the_disk_is_full():
    """The disk of the state is full: a page is there within a second of the raise, and once"""
    tg = Telegram()
    with Whole(telegram(tg), state_bytes="16m") as pager:
        until(lambda: pager.ctl("status")["satellites"])
        filler = pager.fill_disk()
        # What the log has reserved is used up as well, until it takes nothing more.
        load = [f"{programs}/opsbench", "ban", "--connections", "20", "--pipeline", "16", "--requests", "20000",
                "--socket", f"{pager.directory}/opsd.sock"]
        until(lambda: subprocess.run(load, capture_output=True) and not pager.is_durable(), 60, "the disk is full")
        delays = []
        for number in range(10):
            started = time.time()
            words = ("incident", "raise", "severity=critical", "source=db", f"key=k{number}", "msg=lost")
            raised = pager.ctl(*words, undurable=True)
            expect(tg.wait(number + 1, 5), f"incident {raised['id']} is not told")
            delays.append(tg.requests[-1]["at"] - started)
        print(f"# full disk: {sorted(delays)[5] * 1000:.0f} ms at the median, {max(delays) * 1000:.0f} ms at most")
        expect(max(delays) < 1, delays)
        os.remove(filler)
        until(pager.is_durable, 60, "the disk has room again")
        until(lambda: not pager.ctl("work", "list", "stage=open")["items"], 20, "all are done")
        time.sleep(2)
        same(len([m for m in tg.messages if "lost" in m["text"]]), 10, "each is told once")
        same(len(pager.ctl("incidents", "source=db")["incidents"]), 10)


run_all()

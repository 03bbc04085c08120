"""whole.py DIRECTORY: opsd and opscheck as they are, with those that are asked, in a network of their own.

The programs are in DIRECTORY.
"""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from http.server import BaseHTTPRequestHandler, HTTPServer

from case import Failure, bind, case, enter_network, expect, run_all, shell, until
from peers import Hostile, Names, Nginx, Postgres, Redis

enter_network()
programs = os.path.abspath(sys.argv[1])
bind("127.0.0.1 localhost good.test bad.test\n::1 localhost good.test\n", "/etc/hosts")
bind("nameserver 127.0.0.53\n", "/etc/resolv.conf")
names = Names()


class Whole:
    """opsd and opscheck with endpoints as TOML."""

    def __init__(self, endpoints, every="5s", timeout="2s", namespace=None, files=None):
        self.directory = tempfile.mkdtemp(prefix="check.", dir="/tmp")
        self.every, self.timeout = every, timeout
        self.namespace = ["nsenter", f"--net=/run/netns/{namespace}"] if namespace else []
        for name in ("state", "log"):
            os.mkdir(f"{self.directory}/{name}", 0o700)
        for name, text in (files or {}).items():
            with open(f"{self.directory}/{name}", "w") as file:
                file.write(text)
            os.chmod(f"{self.directory}/{name}", 0o600)
        self.configure(endpoints)
        self.socket = f"{self.directory}/opsd.sock"
        self.opsd = self.run("opsd", "opsd.log")
        until(lambda: os.path.exists(self.socket), what="opsd starts")
        self.started = time.time()
        self.check = self.run("opscheck", "opscheck.log")

    def run(self, program, log):
        words = self.namespace if program == "opscheck" else []
        return subprocess.Popen(
            [*words, f"{programs}/{program}", "--config", f"{self.directory}/opsd.toml"],
            stderr=open(f"{self.directory}/{log}", "ab"))

    def configure(self, endpoints):
        text = (f'[paths]\nsocket = "{self.directory}/opsd.sock"\nstate = "{self.directory}/state"\n'
                f'log = "{self.directory}/log"\n[enforce]\nmode = "none"\n')
        sections = []
        for part in re.split(r"(?m)^(?=\[)", endpoints):
            if part.startswith("[endpoint."):
                if "every" not in part:
                    part = part.rstrip("\n") + f'\nevery = "{self.every}"\n'
                if "timeout" not in part:
                    part = part.rstrip("\n") + f'\ntimeout = "{self.timeout}"\n'
            sections.append(part.replace("@/", self.directory + "/"))
        with open(f"{self.directory}/opsd.toml", "w") as file:
            file.write(text + "".join(sections))

    def ctl(self, *words):
        done = subprocess.run([f"{programs}/opsctl", "--socket", self.socket, "--json", *words], text=True,
                              capture_output=True, timeout=20)
        expect(done.returncode in (0, 1), words, done.stderr, done.stdout)
        return json.loads(done.stdout)

    def once(self, name):
        return subprocess.run(
            [*self.namespace, f"{programs}/opscheck", "--config", f"{self.directory}/opsd.toml", "--once", name],
            text=True, capture_output=True, timeout=60)

    @property
    def rows(self):
        rows, after = {}, None
        while True:
            page = self.ctl("endpoints", "limit=1000", *([f"after={after}"] if after else []))
            rows.update({row["name"]: row for row in page["endpoints"]})
            after = page["next"]
            if not after:
                return rows

    def state(self, name):
        return self.rows[name]["state"]

    def log(self, name):
        with open(f"{self.directory}/{name}", errors="replace") as file:
            return file.read()

    def resident_kib(self):
        with open(f"/proc/{self.check.pid}/status") as file:
            return int(re.search(r"VmRSS:\s+(\d+)", file.read()).group(1))

    def processor_seconds(self):
        with open(f"/proc/{self.check.pid}/stat") as file:
            fields = file.read().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def threads(self):
        return len(os.listdir(f"/proc/{self.check.pid}/task"))

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        if kind:
            for name in ("opsd.log", "opscheck.log"):
                print("".join(f"# {line}\n" for line in self.log(name).splitlines()[-20:]), end="")
        for process in (self.check, self.opsd):
            process.kill()
            process.wait()
        shutil.rmtree(self.directory)


PEERS = """
[slo.site]
[endpoint.page]
url = "http://127.0.0.1:8080/ok"
body = "well"
slo = "site"
[endpoint.json]
url = "http://127.0.0.1:8080/json"
json = "depth.1"
equals = "2"
[endpoint.json-wrong]
url = "http://127.0.0.1:8080/json"
json = "status"
equals = "well"
[endpoint.failing]
url = "http://127.0.0.1:8080/503"
[endpoint.redirected]
url = "http://127.0.0.1:8080/once"
redirects = 3
[endpoint.loop]
url = "http://127.0.0.1:8080/loop"
redirects = 3
[endpoint.away]
url = "http://127.0.0.1:8080/out"
redirects = 3
[endpoint.both]
url = "http://localhost:8080/ok"
family = "both"
[endpoint.six-missing]
url = "tcp://bad.test:8080"
family = "both"
[endpoint.good]
url = "https://good.test:8443/"
family = "ipv4"
ca_file = "@/ca.pem"
secret_headers = ["Authorization: @/token"]
[endpoint.soon]
url = "https://good.test:8447/"
family = "ipv4"
ca_file = "@/ca.pem"
[endpoint.expired]
url = "https://good.test:8444/"
family = "ipv4"
ca_file = "@/ca.pem"
[endpoint.wrong-name]
url = "https://good.test:8445/"
family = "ipv4"
ca_file = "@/ca.pem"
[endpoint.self-signed]
url = "https://good.test:8446/"
family = "ipv4"
ca_file = "@/ca.pem"
[endpoint.redis]
url = "redis://127.0.0.1:7001"
[endpoint.redis-closed]
url = "redis://127.0.0.1:7002"
[endpoint.redis-login]
url = "redis://127.0.0.1:7002"
password_file = "@/redis"
[endpoint.postgres]
url = "postgres://127.0.0.1:7003/postgres"
user = "ops"
password_file = "@/redis"
[endpoint.postgres-login]
url = "postgres://127.0.0.1:7003"
user = "ops"
password_file = "@/wrong"
[endpoint.postgres-gone]
url = "postgres://127.0.0.1:9"
[endpoint.port]
url = "tcp://127.0.0.1:8080"
[endpoint.nobody]
url = "tcp://127.0.0.1:9"
[endpoint.socket]
url = "unix://@/opsd.sock"
[endpoint.socket-gone]
url = "unix://@/none.sock"
[endpoint.ping]
url = "icmp://127.0.0.1"
[endpoint.ping6]
url = "icmp://[::1]"
[endpoint.by-dns]
url = "http://web.dns.test:8080/ok"
[endpoint.no-name]
url = "http://web.nowhere.test:8080/ok"
[endpoint.dns]
url = "dns://127.0.0.53/web.dns.test"
[endpoint.dns-no]
url = "dns://127.0.0.53/web.nowhere.test"
"""

HOSTILE = "".join(
    f'[endpoint.{kind}]\nurl = "{scheme}://127.0.0.1:{port}/"\nfamily = "any"\n' for kind, scheme, port in [
        ("silent", "http", 7101), ("tarpit", "http", 7102), ("endless", "http", 7103), ("trickle", "http", 7104),
        ("headers", "http", 7105), ("header", "http", 7106), ("halftls", "https", 7107), ("garbage", "http", 7108),
        ("close", "http", 7109)]) + """
[endpoint.slow]
url = "http://127.0.0.1:7110/"
slow = "300ms"
[endpoint.redis-silent]
url = "redis://127.0.0.1:7101"
[endpoint.postgres-silent]
url = "postgres://127.0.0.1:7101"
[endpoint.dns-hangs]
url = "dns://127.0.0.53/hang.test"
[endpoint.name-hangs]
url = "http://web.hang.test:8080/ok"
"""

WANTED = {
    "page": "up", "json": "up", "json-wrong": "down body: status is ok, expected well", "failing": "down status: 503",
    "redirected": "up", "loop": "down redirect: more than 3", "away": "down redirect: to what is not http",
    "both": "up", "six-missing": "down over IPv6: DNS: bad.test has no address",
    "good": "up", "soon": "up", "expired": "down TLS: .*expired", "wrong-name": "down TLS: .*name",
    "self-signed": "down TLS: .*self.signed", "redis": "up", "redis-closed": "down answer: NOAUTH",
    "redis-login": "up", "port": "up", "nobody": "down connect: Connection refused", "socket": "up",
    "socket-gone": "down connect: ", "ping": "up", "ping6": "up", "by-dns": "up",
    "no-name": "down DNS: web.nowhere.test: there is no such name", "dns": "up",
    "dns-no": "down answer: there is no such name",
    "silent": "down answer: none within 2s", "tarpit": "down answer: none within 2s|down .* within 2s", "endless": "up",
    "trickle": "down body: not complete within 2s", "headers": "down headers: more than 64 KiB|down answer: ",
    "header": "down ", "halftls": "down TLS: not established within 2s", "garbage": "down answer: ",
    "close": "down answer: ", "slow": "slow slow: [0-9]+ ms", "redis-silent": "down answer: none within 2s",
    "postgres": "up", "postgres-login": "down login: .*password authentication failed",
    "postgres-gone": "down connect: .*refused", "postgres-silent": "down connect: none within 2s",
    "dns-hangs": "down answer: none within 2s", "name-hangs": "down DNS: no answer within 2s",
}


def wrong(rows):
    found = {name: f"{row['state']} {row['reason'] or ''}".strip() for name, row in rows.items()}
    return {name: (text, WANTED[name]) for name, text in found.items() if not re.match(WANTED[name], text)}


@case
def every_kind():
    """Pages, certificates, ports, sockets, echoes, names, databases and ten hostile servers: each as it is, none late"""
    servers = [Hostile(kind, 7101 + place) for place, kind in enumerate(
        ["silent", "tarpit", "endless", "trickle", "headers", "header", "halftls", "garbage", "close", "slow"])]
    directory = tempfile.mkdtemp(prefix="check-peers.", dir="/tmp")
    os.chmod(directory, 0o755)
    nginx = Nginx(directory)
    others = [Redis(directory, 7001), Redis(directory, 7002, "s3cret"), Postgres(directory, 7003, "s3cret")]
    try:
        with Whole(PEERS + HOSTILE, files={
                "token": "Bearer very-secret", "redis": "s3cret", "wrong": "other", "ca.pem": nginx.authority}) as whole:
            # Three tries of 2 s, a second apart, beginning within the interval.
            until(lambda: all(row["checked"] for row in whole.rows.values()), 25, "all are checked")
            try:
                until(lambda: not wrong(whole.rows), 30)
            except Failure:
                raise Failure(f"not as they should be: {wrong(whole.rows)}")
            rows = whole.rows
            expect(rows["good"]["cert_days"] == 60, rows["good"])
            expect(rows["soon"]["cert_days"] == 3, rows["soon"])
            lines = nginx.requests
            expect(any(line == "8443 HTTP/2.0 / Bearer very-secret" for line in lines), "HTTP/2, with the secret")
            expect(not any("very-secret" in line for line in lines if not line.startswith("8443")))
            budget = whole.ctl("slo", "status", "site")["objectives"][0]
            expect(budget["availability"] == 100, budget)
            told = {one["message"] for one in whole.ctl("incidents", "limit=200")["incidents"]}
            expect({"The endpoint failing is down", "The certificate of the endpoint soon ends soon",
                    "The endpoint slow is slow"} <= told, told)
            expect(not {"The endpoint page is down", "The endpoint slow is down"} & told, told)
            # Nobody waited for the hostile ones.
            time.sleep(15)
            rows = whole.rows
            for name, text in WANTED.items():
                if text == "up":
                    expect(rows[name]["uptime_24h"] == 100, name, rows[name])
                    expect(len(rows[name]["latencies"]) >= 4, name, rows[name])
                    expect(max(rows[name]["latencies"]) < 500, name, rows[name])
            expect(not wrong(rows), wrong(rows))
            print(f"# resident {whole.resident_kib()} KiB, {whole.threads()} threads")
            expect(whole.resident_kib() < 40 << 10 and whole.threads() <= 2)
            expect("very-secret" not in whole.log("opscheck.log") + whole.log("opsd.log"))
            text = whole.once("good").stdout
            expect(re.search(r"connect +[0-9.]+ ms\n  tls +[0-9.]+ ms\n  first byte +[0-9.]+ ms", text), text)
            expect("good is up" in text and "60 days left" in text, text)
            text = whole.once("postgres").stdout
            expect(re.search(r"connections \d+ of 100\n", text) and "pg_proc" in text, text)
            expect(whole.once("failing").returncode == 1 and whole.once("none").returncode == 2)
            # Down within interval, timeout and 10 s; up again too, and the incident ends.
            started = time.time()
            nginx.stop()
            until(lambda: whole.state("page") == "down", 20, "nginx is gone")
            expect(time.time() - started < 5 + 2 + 10)
            print(f"# down after {time.time() - started:.1f} s")
            nginx.start()
            started = time.time()
            until(lambda: whole.state("page") == "up", 20, "nginx is back")
            print(f"# up after {time.time() - started:.1f} s")
    finally:
        for one in [nginx, *others]:
            one.stop()
        shutil.rmtree(directory)


@case
def silence():
    """Without opscheck endpoints are unknown, not up; a restart of opsd keeps what is known"""
    server = Hostile("slow", 7201)
    with Whole('[endpoint.a]\nurl = "tcp://127.0.0.1:7201"\n') as whole:
        until(lambda: whole.state("a") == "up")
        whole.opsd.terminate()
        whole.opsd.wait()
        whole.opsd = whole.run("opsd", "opsd.log")
        until(lambda: os.path.exists(whole.socket) and whole.rows["a"]["uptime_24h"] == 100, what="it is kept")
        until(lambda: whole.rows["a"]["latency_ms"] is not None, 15, "reports go on")
        whole.check.kill()
        whole.check.wait()
        until(lambda: whole.state("a") == "unknown", 2 * 5 + 2 + 10 + 5)
        expect("endpoint a is" not in str(whole.ctl("incidents", "state=all")))
    expect(server.connections > 0)


NETWORK = """
ip netns add {host}; ip netns add {other}
ip -n {host} link set lo up; ip -n {other} link set lo up
ip link add name c0 netns {host} type veth peer name c1 netns {other}
ip -n {host} addr add 10.99.0.1/24 dev c0; ip -n {other} addr add 10.99.0.2/24 dev c1
ip -n {host} link set c0 up; ip -n {other} link set c1 up
ip -n {other} addr add 10.99.1.1/32 dev lo; ip -n {other} addr add 10.99.1.2/32 dev lo
ip -n {host} route add default via 10.99.0.2
"""


class Host:
    """This host and the rest of the world, joined by a cable."""

    def __enter__(self):
        # Names of their own: /run may be that of the machine.
        shell("mount -t tmpfs none /run && mkdir -p /run/netns")
        shell(NETWORK.format(host="host", other="other"))
        self.servers = [
            subprocess.Popen(["nsenter", "--net=/run/netns/other", sys.executable, "-c", f"""
import socket, threading
server = socket.create_server(("{address}", {port}), backlog=256)
while True: server.accept()[0].close()
"""]) for address, port in (("10.99.1.1", 80), ("10.99.1.2", 443))]
        return self

    def __exit__(self, *_):
        for server in self.servers:
            server.kill()
            server.wait()
        shell("ip netns del host; ip netns del other; umount -l /run")


@case
def own_network():
    """The host's own network is cut, at its end and farther off: nothing is called down; back again, it is up"""
    with Host():
        with Whole('[check]\ncontrol = ["tcp://10.99.1.2:443"]\n[endpoint.far]\nurl = "tcp://10.99.1.1:80"\n'
                   '[endpoint.web]\nurl = "http://10.99.1.2:443/"\n[endpoint.near]\nurl = "unix://@/opsd.sock"\n[endpoint.dead]\nurl = "tcp://10.99.1.1:81"\n',
                   namespace="host") as whole:
            until(lambda: [whole.state(name) for name in ("far", "dead", "near")] == ["up", "down", "up"], 20)
            for cut, mend in (
                    ("ip -n host link set c0 down", "ip -n host link set c0 up; "
                                                    "ip -n host route replace default via 10.99.0.2"),
                    ("ip -n other link set c1 down", "ip -n other link set c1 up"),
                    ("ip netns exec other nft add table inet cut; ip netns exec other nft "
                     "'add chain inet cut in { type filter hook input priority 0; policy drop; }'",
                     "ip netns exec other nft delete table inet cut")):
                shell(cut)
                end = time.time() + 25
                seen = set()
                while time.time() < end:
                    seen.add(whole.state("far"))
                    expect(whole.state("near") == "up", "what is on this host is not concerned")
                    time.sleep(0.2)
                expect(seen <= {"up", "unknown"} and "unknown" in seen, cut, seen)
                shell(mend)
                until(lambda: whole.state("far") == "up", 20, f"back again after {cut}")
            expect("endpoint far is" not in str(whole.ctl("incidents", "state=all")))
            expect("has no network" in whole.log("opscheck.log"))
            expect(whole.check.poll() is None, "a page that cannot be reached ends opscheck")


@case
def loss():
    """One packet in a hundred is lost: nothing flaps for a minute and a half"""
    with Host():
        shell("ip netns exec other nft add table inet loss; ip netns exec other nft "
              "'add chain inet loss in { type filter hook input priority 0; }'; ip netns exec other nft "
              "add rule inet loss in numgen random mod 100 == 0 counter drop")
        endpoints = "".join(
            f'[endpoint.t{n}]\nurl = "tcp://10.99.1.1:80"\n[endpoint.i{n}]\nurl = "icmp://10.99.1.2"\n'
            for n in range(50))
        shell("ip netns exec host sysctl -qw net.ipv4.ping_group_range='0 0'")
        with Whole(endpoints, namespace="host") as whole:
            until(lambda: all(row["state"] in ("up", "slow") for row in whole.rows.values()), 20)
            end = time.time() + 90
            while time.time() < end:
                states = {row["state"] for row in whole.rows.values()}
                expect(states <= {"up", "slow"}, states)
                time.sleep(1)
            table = subprocess.run(["ip", "netns", "exec", "other", "nft", "list", "table", "inet", "loss"],
                                   capture_output=True, text=True).stdout
            dropped = int(re.search(r"packets (\d+)", table).group(1))
            print(f"# {dropped} packets were dropped")
            expect(dropped > 20, table)
            expect(not [one for one in whole.ctl("incidents", "state=all")["incidents"]
                        if one["message"].startswith("The endpoint ")])


@case
def reload():
    """A reload takes other endpoints, a file with a fault changes nothing, and --check names both kinds of faults"""
    server = Hostile("silent", 7301)
    with Whole('[endpoint.a]\nurl = "tcp://127.0.0.1:7301"\n') as whole:
        until(lambda: whole.state("a") == "up")
        whole.configure('[endpoint.b]\nurl = "tcp://127.0.0.1:7301"\n')
        whole.ctl("reload")
        whole.check.send_signal(signal.SIGHUP)
        until(lambda: whole.rows.keys() == {"b"} and whole.state("b") == "up", 15)
        whole.configure('[endpoint.b]\nurl = "tcp://127.0.0.1"\n')
        whole.check.send_signal(signal.SIGHUP)
        until(lambda: "not reloaded" in whole.log("opscheck.log"))
        check = [f"{programs}/opscheck", "--check", "--config", f"{whole.directory}/opsd.toml"]
        done = subprocess.run(check, capture_output=True, text=True)
        expect(done.returncode == 2 and "endpoint.b.url" in done.stderr, done.stderr)
        whole.configure('[endpoint.b]\nurl = "redis://127.0.0.1"\npassword_file = "@/none"\n')
        done = subprocess.run(check, capture_output=True, text=True)
        expect(done.returncode == 2 and "No such file" in done.stderr, done.stderr)
        whole.configure('[endpoint.b]\nurl = "redis://127.0.0.1"\npassword_file = "credential"\n')
        done = subprocess.run(check, capture_output=True, text=True)
        expect(done.returncode == 0 and "note: " in done.stdout, done.stdout, done.stderr)
    expect(server.connections > 0)


class Redirecting(BaseHTTPRequestHandler):
    """Sends whoever asks for /out to the other port, for /in to /ok; notes who showed a secret."""

    seen = []

    def do_GET(self):
        port = self.server.server_port
        Redirecting.seen.append((port, self.path, self.headers.get("Authorization")))
        target = {"/out": f"http://127.0.0.1:{15013 - port}/ok", "/in": "/ok"}.get(self.path)
        self.send_response(302 if target else 200)
        if target:
            self.send_header("Location", target)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


@case
def secrets_stay_at_home():
    """A secret header goes to the server it is for, again after a redirect within it, and to no other"""
    for port in (7506, 7507):
        threading.Thread(target=HTTPServer(("127.0.0.1", port), Redirecting).serve_forever, daemon=True).start()
    sections = "".join(
        f'[endpoint.{name}]\nurl = "http://127.0.0.1:7506/{name}"\nredirects = 2\n'
        'secret_headers = ["Authorization: @/secret"]\n' for name in ("in", "out"))
    with Whole(sections, files={"secret": "Bearer abc\n"}) as whole:
        until(lambda: whole.state("in") == "up" and whole.state("out") == "up", 15)
    seen = set(Redirecting.seen)
    expect(seen == {(7506, "/in", "Bearer abc"), (7506, "/out", "Bearer abc"), (7506, "/ok", "Bearer abc"),
                    (7507, "/ok", None)}, seen)


@case
def two_thousand():
    """2,000 endpoints at 30 s, some of them hostile, behind names that hang: all are checked, in 48 MB"""
    for place, kind in enumerate(["silent", "endless", "headers", "halftls"]):
        Hostile(kind, 7401 + place)
    directory = tempfile.mkdtemp(prefix="check-peers.", dir="/tmp")
    os.chmod(directory, 0o755)
    nginx = Nginx(directory)
    try:
        parts = []
        for n in range(2000):
            kind = n % 20
            url = {0: "http://127.0.0.1:7401/", 1: "http://127.0.0.1:7402/", 2: "http://127.0.0.1:7403/",
                   3: "https://127.0.0.1:7404/", 4: f"http://n{n}.hang.test:8080/ok", 5: "tcp://127.0.0.1:8080",
                   6: "icmp://127.0.0.1"}.get(kind, "http://web.dns.test:8080/ok")
            if kind in (7, 8, 9, 10, 11):
                url = "https://good.test:8443/"
                parts.append(f'[endpoint.e{n}]\nurl = "{url}"\nca_file = "@/ca.pem"\nfamily = "ipv4"\n')
            else:
                parts.append(f'[endpoint.e{n}]\nurl = "{url}"\n')
        with Whole("".join(parts), every="30s",
                   files={"ca.pem": nginx.authority}) as whole:
            until(lambda: all(row["checked"] for row in whole.rows.values()), 60, "all are checked")
            started, cpu = time.time(), whole.processor_seconds()
            most = 0
            while time.time() < started + 60:
                most = max(most, whole.threads())
                time.sleep(1)
            used = (whole.processor_seconds() - cpu) / (time.time() - started) * 100
            rows = whole.rows
            ages = [len(row["latencies"]) for row in rows.values() if row["state"] == "up"]
            late = [row for row in rows.values()
                    if row["state"] == "up" and max(9999 if one is None else one for one in row["latencies"]) > 1000]
            print(f"# {whole.resident_kib()} KiB, {used:.1f} % of a core, {most} threads; "
                  f"{len(ages)} up with {min(ages)} to {max(ages)} checks, {len(late)} of them late once")
            expect(whole.resident_kib() < 48 << 10 and most <= 2 and used < 100)
            expect(len(ages) >= 1500 and min(ages) >= 3, min(ages), len(ages))
    finally:
        nginx.stop()
        shutil.rmtree(directory)


run_all()

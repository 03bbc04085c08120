"""queues.py DIRECTORY: the scripts of etc/queues with a real Redis, a real PostgreSQL and a directory, and opsd.

The programs of opsd are in DIRECTORY. What stands in for RabbitMQ is a script that prints what rabbitmqctl(8) does.
Everything is in a directory of its own, on sockets there.
"""

import glob
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import traceback

programs = os.path.abspath(sys.argv[1])
scripts = os.path.abspath(os.path.join(os.path.dirname(__file__), "../../etc/queues"))
home = tempfile.mkdtemp(prefix="queues.", dir="/tmp")
os.chmod(home, 0o755)
processes = []
cases = []


def case(function):
    cases.append(function)
    return function


def same(found, wanted, what=""):
    assert found == wanted, f"{what}\n  found  {found!r}\n  wanted {wanted!r}"


def until(condition, what, seconds=20):
    end = time.time() + seconds
    while time.time() < end:
        if condition():
            return
        time.sleep(0.02)
    raise AssertionError(what)


def start(words, **options):
    log = open(f"{home}/{os.path.basename(words[0])}.log", "ab")
    processes.append(subprocess.Popen(words, stdout=log, stderr=log, **options))
    return processes[-1]


def start_opsd():
    for name in ("state", "log"):
        os.mkdir(f"{home}/{name}", 0o700)
    with open(f"{home}/opsd.toml", "w") as file:
        file.write(f'[paths]\nsocket = "{home}/opsd.sock"\nstate = "{home}/state"\nlog = "{home}/log"\n'
                   '[enforce]\nmode = "none"\n[access]\nreport = []\nread = []\nwatch = []\npager = []\n')
    start([f"{programs}/opsd", "--config", f"{home}/opsd.toml"])
    until(lambda: os.path.exists(f"{home}/opsd.sock"), "opsd does not start")


def report(script, name, **settings):
    """Runs a script; returns its exit status and what it said."""
    environment = {
        "PATH": f"{home}/bin:{programs}:{os.environ['PATH']}", "OPSD_SOCKET": f"{home}/opsd.sock",
        **{key: str(value) for key, value in settings.items()}}
    done = subprocess.run(
        ["/bin/sh", f"{scripts}/{script}", name], env=environment, text=True, capture_output=True, timeout=30)
    return done.returncode, done.stdout + done.stderr


def queue(name):
    done = subprocess.run(
        [f"{programs}/opsctl", "--socket", f"{home}/opsd.sock", "--json", "queue", "status"], text=True,
        capture_output=True, timeout=20)
    return next((one for one in json.loads(done.stdout)["queues"] if one["queue"] == name), None)


def reported(script, name, **settings):
    status, text = report(script, name, **settings)
    assert status == 0, text
    return queue(name)


# MARK: Redis

redis_options = f"-s {home}/redis.sock"


def redis(*words):
    return subprocess.run(
        ["redis-cli", *redis_options.split(), "--raw", *words], text=True, capture_output=True, check=True).stdout.strip()


def start_redis():
    process = start(["redis-server", "--port", "0", "--unixsocket", f"{home}/redis.sock", "--save", "", "--dir", home])
    until(lambda: subprocess.run(["redis-cli", *redis_options.split(), "ping"], capture_output=True).returncode == 0,
          "redis-server does not start")
    return process


@case
def redis_lists_streams_and_sets():
    """Redis: a list, a stream, a sorted set, no such key, and counters."""
    process = start_redis()
    same(reported("redis", "none", REDIS=redis_options, KEY="jobs")["depth"], 0)
    redis("RPUSH", "jobs", "a", "b", "c")
    redis("SET", "stat:processed", "81250")
    found = reported("redis", "list", REDIS=redis_options, KEY="jobs", PROCESSED="stat:processed", FAILED="stat:failed")
    same((found["depth"], found["processed_total"], found["failed_total"]), (3, 81250, 0))
    for minute in (5, 4):
        redis("XADD", "events", f"{int(time.time() * 1000) - minute * 60_000}-0", "k", "v")
    found = reported("redis", "stream", REDIS=redis_options, KEY="events")
    same(found["depth"], 2)
    assert 300 <= found["oldest_seconds"] <= 305, found
    redis("ZADD", "later", "1", "a")
    same(reported("redis", "set", REDIS=redis_options, KEY="later")["depth"], 1)
    redis("SET", "text", "x")
    status, text = report("redis", "text", REDIS=redis_options, KEY="text")
    assert status != 0 and "no list" in text, text
    same(queue("text"), None)
    # A counter that is none, and a server that is gone: nothing is reported.
    status, text = report("redis", "bad", REDIS=redis_options, KEY="jobs", PROCESSED="text")
    assert status != 0 and queue("bad") is None, text
    process.terminate()
    process.wait()
    status, text = report("redis", "gone", REDIS=redis_options, KEY="jobs")
    assert status != 0 and queue("gone") is None, text


# MARK: PostgreSQL

postgres = sorted(glob.glob("/usr/lib/postgresql/*/bin"))


@case
def postgresql_tables():
    """PostgreSQL: how many wait, for how long, and counters; an error, and a server that is gone."""
    data = f"{home}/postgres"
    os.mkdir(data, 0o700)
    become = []
    if os.getuid() == 0:
        # It refuses to run as root.
        shutil.chown(data, "nobody")
        become = ["setpriv", "--reuid=nobody", "--clear-groups"]
    binaries = postgres[-1]
    subprocess.run([*become, f"{binaries}/initdb", "-D", f"{data}/db", "-U", "app", "-A", "trust", "--no-sync"],
                   check=True, capture_output=True, cwd=data)
    process = start([*become, f"{binaries}/postgres", "-D", f"{data}/db", "-k", data, "-c", "listen_addresses=",
                     "-c", "fsync=off"], cwd=data)
    where = {"PGHOST": data, "PGUSER": "app", "PGDATABASE": "postgres"}

    def psql(text):
        return subprocess.run(["psql", "-XAtq", "-v", "ON_ERROR_STOP=1", "-c", text], env=os.environ | where,
                              capture_output=True, text=True).returncode == 0

    until(lambda: psql("SELECT 1"), "PostgreSQL does not start")
    assert psql("CREATE TABLE jobs (created timestamptz, done timestamptz, failed boolean)")
    query = "SELECT count(*), extract(epoch FROM now() - min(created))::bigint FROM jobs WHERE done IS NULL"
    found = reported("postgresql", "empty", QUERY=query, **where)
    same((found["depth"], found["oldest_seconds"]), (0, None))
    assert psql("INSERT INTO jobs VALUES (now() - interval '2 minutes'), (now()), (now() - interval '1 minute')")
    found = reported("postgresql", "jobs", QUERY=query, **where)
    same(found["depth"], 3)
    assert 120 <= found["oldest_seconds"] <= 125, found
    assert psql("UPDATE jobs SET done = now(), failed = false WHERE created < now() - interval '90 s'")
    all_of_it = ("SELECT count(*) FILTER (WHERE done IS NULL), NULL, count(*) FILTER (WHERE NOT failed), "
                 "count(*) FILTER (WHERE failed) FROM jobs")
    found = reported("postgresql", "counted", QUERY=all_of_it, **where)
    same((found["depth"], found["processed_total"], found["failed_total"]), (2, 1, 0))
    status, text = report("postgresql", "wrong", QUERY="SELECT count(*) FROM nothing", **where)
    assert status != 0 and queue("wrong") is None, text
    status, text = report("postgresql", "words", QUERY="SELECT '$(touch /tmp/x) *'", **where)
    assert status != 0 and queue("words") is None and not os.path.exists("/tmp/x"), text
    process.terminate()
    process.wait()
    status, text = report("postgresql", "gone", QUERY=query, **where)
    assert status != 0 and queue("gone") is None, text


# MARK: a directory, RabbitMQ

@case
def directories():
    """A directory: files by number and age; others, hidden ones and directories do not count."""
    spool = f"{home}/spool with space"
    os.mkdir(spool)
    same(reported("directory", "spool", DIRECTORY=spool)["depth"], 0)
    for name, age in (("a", 90), ("b\nc", 30), ("*", 0), (".hidden", 900)):
        with open(f"{spool}/{name}", "w"):
            pass
        os.utime(f"{spool}/{name}", (time.time() - age, time.time() - age))
    os.mkdir(f"{spool}/directory")
    found = reported("directory", "spool", DIRECTORY=spool)
    same(found["depth"], 3)
    assert 90 <= found["oldest_seconds"] <= 95, found
    status, text = report("directory", "absent", DIRECTORY=f"{home}/none")
    assert status != 0 and queue("absent") is None, text


@case
def rabbitmq_stands_in():
    """What rabbitmqctl prints is understood; a queue that is not there is not reported."""
    os.makedirs(f"{home}/bin", exist_ok=True)
    with open(f"{home}/bin/rabbitmqctl", "w") as file:
        file.write("#!/bin/sh\nprintf 'mail\\t17\\nmail.dead\\t3\\n'\n")
    os.chmod(f"{home}/bin/rabbitmqctl", 0o755)
    same(reported("rabbitmq", "mail", QUEUE="mail")["depth"], 17)
    status, text = report("rabbitmq", "other", QUEUE="mai")
    assert status != 0 and queue("other") is None, text


failures = 0
try:
    start_opsd()
    for number, one in enumerate(cases, 1):
        try:
            one()
            print(f"ok {number} - {one.__doc__.strip()}", flush=True)
        except Exception:  # noqa: BLE001
            failures += 1
            print("".join(f"# {line}\n" for line in traceback.format_exc().splitlines()), end="")
            print(f"not ok {number} - {one.__doc__.strip()}", flush=True)
    print(f"1..{len(cases)}")
finally:
    for process in reversed(processes):
        if process.poll() is None:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
    shutil.rmtree(home, ignore_errors=True)
sys.exit(1 if failures else 0)

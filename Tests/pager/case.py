"""What the cases share: a pager with its configuration, pages, and the results as TAP."""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))

import fake  # noqa: E402
from cases import case, expect, run_all, same, until  # noqa: E402,F401


class Pager:
    """An opspager with a fake opsd and channels as TOML."""

    def __init__(self, program, channels, starts=True, environment=None):
        self.directory = tempfile.mkdtemp(prefix="pager.", dir="/tmp")
        self.program = program
        self.secret("token", "123:secret-token")
        self.secret("password", "hunter2")
        self.secret("key", "a secret key")
        self.opsd = fake.Opsd(f"{self.directory}/opsd.sock")
        self.configure(channels)
        self.environment = dict(os.environ, **(environment or {}))
        self.process = None
        if starts:
            self.start()

    def secret(self, name, text, mode=0o600):
        path = f"{self.directory}/{name}"
        with open(path, "w") as file:
            file.write(text + "\n")
        os.chmod(path, mode)
        return path

    def configure(self, channels):
        with open(f"{self.directory}/opsd.toml", "w") as file:
            file.write(f'[paths]\nsocket = "{self.directory}/opsd.sock"\n')
            file.write(channels.replace("@/", self.directory + "/"))

    def start(self):
        self.log = open(f"{self.directory}/log", "ab")
        self.process = subprocess.Popen(
            [self.program, "--config", f"{self.directory}/opsd.toml"], stderr=self.log,
            env=self.environment)

    def run(self, *words):
        return subprocess.run(
            [self.program, "--config", f"{self.directory}/opsd.toml", *words], text=True,
            capture_output=True, env=self.environment, timeout=70)

    @property
    def journal(self):
        if not os.path.exists(f"{self.directory}/log"):
            return ""
        with open(f"{self.directory}/log", errors="replace") as file:
            return file.read()

    def processor_seconds(self):
        with open(f"/proc/{self.process.pid}/stat") as file:
            fields = file.read().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def kill(self):
        self.process.kill()
        self.process.wait()

    def terminate(self, seconds=12):
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(seconds)

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        if self.process and self.process.poll() is None:
            self.kill()
        if kind:
            print("".join(f"# {line}\n" for line in self.journal.splitlines()[-20:]), end="")
        shutil.rmtree(self.directory, ignore_errors=True)


def page(reason="raise", severity="critical", message="Database connection lost", source="healthcheck",
         number=17, **members):
    subject = {
        "id": number, "severity": severity, "source": source, "message": message,
        "fingerprint": "c75893c52574", "count": members.pop("count", 1), "stage": "open", "reason": reason,
        "opened": 1795917600, "resolved": members.pop("resolved", None)}
    return {
        "page": 1, "reason": reason, "host": "db1", "made": 1795917600, "severity": severity,
        "incidents": [subject], "unnamed": {}, "window_seconds": None, "details": "", "links": [],
        "advice": "", "evidence": "", "uid": None} | members

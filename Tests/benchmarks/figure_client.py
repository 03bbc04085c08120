"""Figure 12: one question from the shell, the whole process: opsctl, fail2ban-client, and C.

hyperfine starts each without a shell between. fail2ban-client asks its server for its status. The C
program (ask.c) does what nc -U does, and less: it sends the same request to opsd and copies the reply.
"""

import json
import os
import subprocess

from measure import Row, atMost
from peers import Fail2ban

CALLS = 300
SLOW_CALLS = 30
FREE = "192.0.2.1"


def milliseconds(stage, command, calls):
    """The median of a call, whole process."""
    report = stage.directory + "/hyperfine.json"
    words = ["hyperfine", "-N", "--style", "none", "--warmup", "5", "--runs", str(calls)]
    words += ["--export-json", report]
    subprocess.run([*words, command], check=True, capture_output=True)
    with open(report) as file:
        return json.load(file)["results"][0]["median"] * 1000


def run(stage):
    jail = Row(
        12, "opsctl check, whole process", "ms", peerName="fail2ban-client status",
        target=atMost(0.1),
    )
    bare = Row(12, "same", "ms", peerName="as nc -U, C", target=atMost(3.0))
    calls, slowCalls = stage.size(CALLS, least=10), stage.size(SLOW_CALLS, least=3)
    ask = stage.compile("ask.c")
    with stage.opsd("client") as daemon, Fail2ban(stage.fresh("fail2ban")) as fail2ban:
        os.environ["OPSD_SOCKET"] = daemon.socket
        status = " ".join([*fail2ban.client, "status"])
        for _ in range(stage.runs):
            own = milliseconds(stage, f"{stage.program('opsctl')} check {FREE}", calls)
            jail.add(own, milliseconds(stage, status, slowCalls))
            bare.add(own, milliseconds(stage, f"{ask} {daemon.socket} 'check {FREE}'", calls))
    return [jail, bare]

#!/usr/bin/env python3
"""Writes down what this version's state directory looks like, for all later versions to read.

Once a version that changes what is on disk: the directory holds two snapshots, the log after them with
one of each change that a client can bring about, and `expected.json`, what the daemon that wrote it
answered about itself before it was killed. FormatTests.swift reads it for ever.

usage: fixture.py OPSD Tests/OpsDaemonTests/Fixtures/vN
"""

import json
import os
import shutil
import sys

from daemon import Daemon, pages

FIRST = """
ban 203.0.113.9 ttl=3650d reason="5 failed \\"logins\\"" source=sshd
ban 198.51.100.0/24 ttl=permanent reason="nets \u00e4\u20ac\U0001d11e" source=ops
ban 2001:db8::7 ttl=30d
ban 2001:db8:1::7/128 ttl=30d source=ops
strike 192.0.2.1 reason=404 source=nginx
strike 192.0.2.1 reason=404 source=nginx weight=2
strike 192.0.2.2 reason=401
strike 192.0.2.3 reason=one
strike 192.0.2.3 reason=two
strike 192.0.2.3 reason=three
strike 192.0.2.3 reason=four source=login
snapshot
"""
SECOND = """
unban 203.0.113.9
ban 203.0.113.10,203.0.113.11 ttl=60d reason=two
clear 192.0.2.2
strike 192.0.2.4 reason=late
snapshot
"""
THIRD = """
ban 203.0.113.12 ttl=90d reason="behind the snapshot" source=ops
ban 198.51.100.0/24 ttl=10d reason=shorter source=ops
strike 192.0.2.4 reason=later weight=2
strike 192.0.2.5 reason=x
success 192.0.2.5
unban 203.0.113.11
"""


def perform(daemon, lines):
    with daemon.connect() as peer, peer.makefile("rb") as replies:
        for line in lines.strip().splitlines():
            peer.sendall(line.encode() + b"\n")
            reply = replies.readline()
            if not reply.startswith(b"ok "):
                sys.exit(f"{line}: {reply!r}")


def told(daemon):
    """What it says of its bans, strikes and events; what depends on the moment is left out."""
    with daemon.connect() as peer, peer.makefile("rb") as replies:
        answer = {table: list(pages(peer, replies, table)) for table in ("bans", "strikes")}
        peer.sendall(b"events limit=100\n")
        answer["events"] = json.loads(replies.readline()[3:])["events"]
    for row in answer["bans"]:
        row.pop("ttl_seconds", None)
    for table in ("bans", "strikes"):
        answer[table].sort(key=lambda row: row["ip"])
    return answer


def main():
    program, path = os.path.abspath(sys.argv[1]), sys.argv[2]
    daemon = Daemon(program)
    try:
        daemon.start()
        for lines in (FIRST, SECOND, THIRD):
            perform(daemon, lines)
        answer = told(daemon)
        daemon.kill()
        os.makedirs(path + "/wal")
        for folder in ("", "wal/"):
            for name in os.listdir(f"{daemon.state}/{folder}"):
                if name.startswith("snapshot.") or name.endswith(".wal"):
                    shutil.copy(f"{daemon.state}/{folder}{name}", f"{path}/{folder}{name}")
                if name.endswith(".wal"):
                    # The reserved room is zeros.
                    with open(f"{path}/{folder}{name}", "r+b") as file:
                        file.truncate(len(file.read().rstrip(b"\0")) + 64)
        with open(path + "/expected.json", "w") as file:
            json.dump(answer, file, indent=1, ensure_ascii=False)
            file.write("\n")
    finally:
        daemon.remove()


main()

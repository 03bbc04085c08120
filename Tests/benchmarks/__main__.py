"""The main part of Tests/bench: reads the options, runs the figures, prints and keeps the table."""

import argparse
import importlib
import os
import sys
import time

import document
import results
from measure import table
from stage import Stage

# Each module has run(stage) -> rows; one that plays several figures is called once.
FIGURES = {
    1: ("figure_requests", "check, 50 connections, pipeline 1, beside Redis EXISTS"),
    2: ("figure_requests", "check, 50 connections, pipeline 16"),
    3: ("figure_requests", "check, 1 connection, pipeline 64"),
    4: ("figure_requests", "hit beside Redis INCR and EXPIRE"),
    5: ("figure_durable", "durable ban beside Redis SET with appendfsync always"),
    6: ("figure_durable", "the same, everysec"),
    7: ("figure_memory", "resident set of a million bans, at rest and in a snapshot"),
    8: ("figure_restart", "restart to READY with a million bans"),
    9: ("figure_stall", "the longest stall of the loop: snapshot, expiry, a busy disk"),
    10: ("figure_probe", "one sample of the system beside the bare reads"),
    11: ("figure_idle", "a minute of idle beside node_exporter and monit"),
    12: ("figure_client", "opsctl check beside fail2ban-client and nc"),
    13: ("figure_strikes", "a million strikes beside fail2ban"),
    14: ("figure_size", "check and ban at 1k, 100k, 1M and 10M bans"),
    15: ("figure_observe", "observations of an objective a second, one connection"),
    16: ("figure_enforce", "bans in the kernel beside fail2ban and nft; needs root"),
    17: ("figure_detect", "reading logs beside fail2ban's engine and sshguard's parser"),
    18: ("figure_work", "work made and ended in the engine, taken and ended over the socket; memory"),
    19: ("figure_page", "from incident raise to Telegram and mail; opspager idle"),
    20: ("figure_audit", "the chain of events: writing it, and verifying it beside sha256sum"),
    21: ("figure_costs", "what AI models cost: records and reservations beside bans"),
    22: ("figure_events", "events after a million bans, beside jq, and what others feel of it"),
}


def options():
    parser = argparse.ArgumentParser(prog="Tests/bench")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--only", default="")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--json")
    parser.add_argument("--directory", default="/var/tmp")
    parser.add_argument("--list", action="store_true")
    found = parser.parse_args()
    try:
        found.figures = [int(word) for word in found.only.split(",") if word] or list(FIGURES)
    except ValueError:
        parser.error("--only takes numbers and commas")
    if unknown := [number for number in found.figures if number not in FIGURES]:
        parser.error(f"there is no figure {unknown[0]}; --list shows which there are")
    if found.runs < 1:
        parser.error("--runs must be at least 1")
    if found.quick:
        found.runs = 1
        if found.write:
            parser.error("--write: the figures of --quick mean nothing")
    return found


def play(stage, figures):
    """The rows of these figures; a figure that fails is reported and left out, the others go on."""
    rows, faults = [], []
    for module in dict.fromkeys(FIGURES[number][0] for number in figures):
        mine = [number for number in figures if FIGURES[number][0] == module]
        print(f"figure {', '.join(map(str, mine))}", file=sys.stderr, flush=True)
        began = time.monotonic()
        try:
            found = importlib.import_module(module).run(stage)
            rows += [row for row in found if row.figure in figures]
        except Exception as fault:  # one figure must not cost the others theirs
            if os.environ.get("BENCH_DEBUG"):
                raise
            faults.append(f"{module}: {type(fault).__name__}: {fault}")
            stage.say(faults[-1])
        stage.say(f"{time.monotonic() - began:.0f} s")
    return rows, faults


def main():
    wanted = options()
    if wanted.list:
        for number, (_, words) in FIGURES.items():
            print(f"{number:3}  {words}")
        return 0
    # The figures are about two cores, the load included, however many there are.
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:2])
    stage = Stage(os.environ["OPSD_BINARIES"], wanted.directory, wanted.runs, wanted.quick)
    try:
        rows, faults = play(stage, wanted.figures)
        kept = results.merge(wanted.json, rows, results.setting(stage))
    finally:
        stage.close()
    print(table(kept.rows))
    if wanted.quick:
        print("\n--quick: a hundredth of the size; the figures mean nothing.")
    if wanted.write:
        document.write(kept)
    for fault in faults:
        print(f"failed: {fault}", file=sys.stderr)
    return 1 if faults else 0


sys.exit(main())
